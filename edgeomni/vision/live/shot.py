"""One frame of a live source on its way, and the one place where the newest waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from av.video.frame import VideoFrame

from edgeomni.errors import EdgeomniError
from edgeomni.faults import Faults


@dataclass(frozen=True, slots=True)
class Shot:
    frame: VideoFrame
    """As it is seen; it may be smaller than it is shown, see ``whole``."""
    at: float | None
    """Seconds by the clock of the file; None where it is what there is now."""
    mark: int
    """A hash of the picture, or of most of it."""
    fps: float = 0.0
    """What the source claims; 0 where it claims nothing."""
    stretch: float = 1.0
    """Width of a pixel over its height."""
    whole: Callable[[], VideoFrame] | None = None
    """Gives it at its full size; None where it is that. Raises MediaError."""

    def full(self) -> Shot:
        """Raises MediaError."""
        return replace(self, frame=self.whole(), whole=None) if self.whole else self


class Slot:
    """One thread puts, one takes. A shot that nobody took makes room for the next one."""

    def __init__(self, bell: threading.Event, *, lockstep: bool = False) -> None:
        """``bell`` rings when something came; in ``lockstep`` each shot waits to be taken."""
        self._bell = bell
        self._lockstep = lockstep
        self._changed = threading.Condition()
        self._shot: Shot | None = None
        self._closed = False
        self.dropped = 0
        """Shots that nobody took."""
        self.damaged = 0
        """Frames that could not be decoded; counted by whoever puts."""
        self.ended = False
        """There will be no other one, behind the one that may still be here."""
        self.error: EdgeomniError | None = None
        """Why it ended; None where the source was at its end."""

    def put(self, shot: Shot) -> None:
        with self._changed:
            if self._lockstep:
                self._changed.wait_for(lambda: self._shot is None or self._closed)
            self.dropped += self._shot is not None
            self._shot = shot
        self._bell.set()

    def take(self) -> Shot | None:
        """The newest one, now; None where there is none."""
        with self._changed:
            shot, self._shot = self._shot, None
            self._changed.notify_all()
            return shot

    def end(self, error: EdgeomniError | None = None) -> None:
        with self._changed:
            self.ended, self.error = True, error
        self._bell.set()

    def close(self) -> None:
        """Nobody takes any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class Errand:
    """What whoever reads a source tells of itself, and is told. Two threads share it."""

    def __init__(self, clock: Callable[[], float], faults: Faults = Faults()) -> None:  # noqa: B008
        self._clock = clock
        self._faults = faults
        self._count = 0
        self._stopped = threading.Event()
        self._held = threading.Event()
        self._released = threading.Event()
        self._until: float | None = None

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def stop(self) -> None:
        self._stopped.set()
        self.hold(on=False)

    def hold(self, *, on: bool) -> None:
        """Have it wait where it is, or go on."""
        (self._released.clear if on else self._released.set)()
        (self._held.set if on else self._held.clear)()

    def held(self) -> float:
        """Waits while it is to wait; the seconds that this took."""
        if not self._held.is_set():
            return 0.0
        began = self._clock()
        self._released.wait()
        return self._clock() - began

    def wait(self, seconds: float) -> bool:
        """Whether it was stopped meanwhile."""
        return self._stopped.wait(max(0.0, seconds))

    def calls(self, seconds: float) -> Call:
        """While native code runs that should come back within so many seconds."""
        return Call(self, seconds)

    def begin_call(self, seconds: float) -> None:
        self._count += 1
        self._until = self._clock() + seconds
        self._faults.at("sight.read", number=self._count)

    def end_call(self) -> None:
        self._until = None

    @property
    def stuck(self) -> bool:
        """Native code has not come back in time."""
        until = self._until
        return until is not None and self._clock() > until


class Call:
    def __init__(self, errand: Errand, seconds: float) -> None:
        self._errand, self._seconds = errand, seconds

    def __enter__(self) -> None:
        self._errand.begin_call(self._seconds)

    def __exit__(self, *_: object) -> None:
        self._errand.end_call()
