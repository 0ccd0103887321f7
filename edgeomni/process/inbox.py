"""Where the frames for one call wait: bounded, so that a slow caller slows its worker down."""

from __future__ import annotations

import threading
from collections import deque

from edgeomni.process import wire
from edgeomni.process.death import Exit

MAX_FRAMES = 256
MAX_BYTES = 64 << 20


class Inbox:
    """One thread puts, one thread gets."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frames: deque[wire.Frame] = deque()
        self._bytes = 0
        self._exit: Exit | None = None
        self._dropped = False

    @property
    def full(self) -> bool:
        return len(self._frames) >= MAX_FRAMES or self._bytes >= MAX_BYTES

    def put(self, frame: wire.Frame) -> None:
        """Blocks while full; what is put after ``drop`` is forgotten."""
        with self._changed:
            self._changed.wait_for(lambda: self._dropped or not self.full)
            if not self._dropped:
                self._frames.append(frame)
                self._bytes += _weight(frame)
                self._changed.notify_all()

    def get(self, timeout: float) -> wire.Frame | Exit | None:
        """The next frame; when there is none any more, the worker's exit; None on time-out."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._frames or self._exit, timeout):
                return None
            if not self._frames:
                return self._exit
            frame = self._frames.popleft()
            self._bytes -= _weight(frame)
            self._changed.notify_all()
            return frame

    def end(self, exit: Exit) -> None:
        with self._changed:
            self._exit = exit
            self._changed.notify_all()

    def drop(self) -> None:
        """Nobody gets any more."""
        with self._changed:
            self._dropped = True
            self._frames.clear()
            self._bytes = 0
            self._changed.notify_all()


def _weight(frame: wire.Frame) -> int:
    return sum(len(buffer) for buffer in getattr(frame, "buffers", ()))
