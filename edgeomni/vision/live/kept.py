"""The last frames of a live source, for looks at what was there a moment ago, and for questions."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from edgeomni.values import Fit, Image
from edgeomni.vision.easel import Easel
from edgeomni.vision.live.shot import Shot
from edgeomni.vision.live.watchdog import FROZEN
from edgeomni.vision.video import LIMITS

_STILL = "still"
"""The gate's word for a scene that stands: its frames are not blurred."""
_RECENT = 1.0
"""Seconds for which one that stood still is preferred to a newer one that does not."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A frame that the gate has seen."""

    shot: Shot
    at: float
    """Seconds since the watch began, or within the file."""
    came: float
    """Seconds by the clock of the machine."""
    number: int
    state: str


class Kept:
    def __init__(self, name: str, frames: int) -> None:
        self._name = name
        self._last = deque[Sighting](maxlen=frames)
        self._easels: dict[float, Easel] = {}

    def add(self, sighting: Sighting) -> None:
        self._last.append(sighting)

    def forget(self) -> None:
        """The source is lost: what it gave is the past."""
        self._last.clear()

    def before(self, back: int) -> Sighting:
        """The one of so many frames ago; where those are forgotten, the oldest that is not."""
        return self._last[max(0, len(self._last) - 1 - back)]

    def newest(self, now: float, *, holds: bool) -> Sighting | None:
        """The newest that stands still, or else the newest; None where none is of the present.

        ``holds`` tells that the last one is of the present, however old.
        """
        if not self._last:
            return None
        last = self._last[-1]
        if now - last.came > FROZEN and not holds:
            return None
        still = (each for each in reversed(self._last) if each.state == _STILL)
        stable = next(still, last)
        return stable if last.came - stable.came <= _RECENT else last

    def size(self, shot: Shot) -> tuple[int, int]:
        """Pixels as it is shown, or as it is seen. Raises MediaError."""
        return self._easel(shot).shown_size(shot.frame)

    def image(self, sighting: Sighting, fit: Fit) -> Image:
        """Raises MediaError."""
        shot = sighting.shot.full()
        return self._easel(shot).picture(shot.frame, sighting.at, fit)

    def _easel(self, shot: Shot) -> Easel:
        if shot.stretch not in self._easels:
            self._easels = {shot.stretch: Easel(self._name, shot.stretch, LIMITS)}
        return self._easels[shot.stretch]
