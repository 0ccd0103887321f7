"""When something was seen: the time of day, or of a film the time within it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from edgeomni.vision.frames import stamp


def _now() -> datetime:
    return datetime.now().astimezone()


class Clock:
    """Turns the times of ``edgeomni.watch_events`` into those that people read."""

    def __init__(self, *, film: bool, now: Callable[[], datetime] = _now) -> None:
        """``film`` for a source with a time of its own."""
        self._film, self._now = film, now
        self._began = now()

    def set(self, at: float) -> None:
        """It is ``at`` now; told all the time, since machines sleep and clocks are put right."""
        self._began = self._now() - timedelta(seconds=at)

    def day(self, at: float) -> datetime | None:
        """The time of day, with its zone; None for a film."""
        return None if self._film else self._began + timedelta(seconds=at)

    def label(self, at: float) -> str:
        """For people: ``14:03:22``, or ``0:07`` of a film."""
        day = self.day(at)
        return stamp(at) if day is None else f"{day:%H:%M:%S}"

    def name(self, at: float) -> str:
        """For files, in the order of time: ``20260314-140322.417``, or ``film-00007.250``."""
        day = self.day(at)
        if day is None:
            return f"film-{at:09.3f}"
        return f"{day:%Y%m%d-%H%M%S}.{day.microsecond // 1000:03}"
