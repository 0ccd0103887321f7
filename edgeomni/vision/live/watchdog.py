"""When a source is frozen, and when one that was lost is tried again: pure, times are handed in."""

from __future__ import annotations

from dataclasses import dataclass, field

FROZEN = 3.0
"""Seconds of identical frames: two of a real camera always differ by noise."""
FEWEST = 3
"""Frames of which that can be said."""
PAUSES = (0.25, 5.0)
"""Seconds before the first try to open a source again, and at most; each is twice the last one."""


@dataclass(slots=True)
class Freeze:
    """Whether a source gives one frame for ever."""

    _mark: int | None = None
    _since: float = 0.0
    _count: int = 0

    def see(self, now: float, mark: int) -> bool:
        """``mark`` is a hash of a frame. Whether it is the same for too long."""
        if mark != self._mark:
            self._mark, self._since, self._count = mark, now, 0
        self._count += 1
        return self._count >= FEWEST and now - self._since >= FROZEN


@dataclass(slots=True)
class Pauses:
    """How long to wait before the next try.

    They grow while tries fail, and begin anew once one has held for longer than its pause.
    """

    _next: float = PAUSES[0]
    _held_since: float | None = field(default=None)

    def held(self, now: float) -> None:
        """There are frames."""
        if self._held_since is None:
            self._held_since = now
        elif now - self._held_since >= self._next:
            self._next = PAUSES[0]

    def after_loss(self) -> float:
        """Seconds to wait now."""
        pause, self._next, self._held_since = self._next, min(PAUSES[1], 2 * self._next), None
        return pause
