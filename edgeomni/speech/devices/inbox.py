"""Where the thread of a device leaves sound, and does nothing else."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Protocol

from edgeomni.speech.devices.sound_cards import Frames
from edgeomni.speech.devices.sound_io import Clock

KEPT = 4.0
"""Seconds of sound that may wait; what comes then is dropped and counted."""


class Bell(Protocol):
    """What ``threading.Event`` can."""

    def set(self) -> None: ...

    def clear(self) -> None: ...

    def wait(self, timeout: float) -> bool: ...


@dataclass(frozen=True, slots=True)
class Piece:
    frames: Frames
    at: float
    """When it came, by the clock; seconds."""
    lost: int
    """Frames that were dropped before it."""
    overflowed: bool
    """The device itself has lost some before it; nobody knows how many."""


class Inbox:
    """Of one stream. One thread leaves, one takes."""

    def __init__(self, rate: int, clock: Clock, bell: Bell) -> None:
        self._limit = round(KEPT * rate)
        self._clock, self._bell = clock, bell
        self._pieces = deque[Piece]()
        self._came = self._went = self._lost = 0
        self.ended = False

    def leave(self, frames: Frames, overflowed: bool) -> None:
        if self._came - self._went + len(frames) > self._limit:
            self._lost += len(frames)
            return
        self._pieces.append(Piece(frames.copy(), self._clock.now(), self._lost, overflowed))
        self._came += len(frames)
        self._lost = 0
        self._bell.set()

    def end(self) -> None:
        """The device has ended by itself."""
        self.ended = True
        self._bell.set()

    def take(self) -> Piece | None:
        if not self._pieces:
            return None
        piece = self._pieces.popleft()
        self._went += len(piece.frames)
        return piece
