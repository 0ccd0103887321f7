"""How fast frames come, and how many are of no use: pure, times are handed in."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator

_WINDOW = 3.0
"""Seconds over which frames are counted."""
_SELDOM = 10.0
"""Seconds between two reports of what was skipped."""


class Tally:
    def __init__(self) -> None:
        self._times = deque[float]()
        self._skipped = Counter[str]()
        self._seen = 0
        self._told = -_SELDOM
        self._before = (0, 0)

    def see(self, now: float) -> None:
        self._times.append(now)
        self._seen += 1

    def skip(self, why: str, count: int = 1) -> None:
        self._skipped[why] += count

    def rate(self, now: float) -> float:
        """Frames a second."""
        while self._times and now - self._times[0] > _WINDOW:
            self._times.popleft()
        if len(self._times) < 2:
            return 0.0
        return (len(self._times) - 1) / max(self._times[-1] - self._times[0], 1e-3)

    def follow(self, dropped: int, damaged: int) -> None:
        """What the reader has counted since it was made."""
        before, self._before = self._before, (dropped, damaged)
        self._skipped["late"] += max(0, dropped - before[0])
        self._skipped["damaged"] += max(0, damaged - before[1])

    def begin(self) -> None:
        """There is a new reader."""
        self._before = (0, 0)

    def report(self, now: float) -> Iterator[tuple[str, int]]:
        """Now and then, why and how many; frames that came too late only where most did."""
        if now - self._told < _SELDOM or not +self._skipped:
            return
        self._told = now
        for why, count in (+self._skipped).items():
            if why != "late" or count > self._seen:
                yield why, count
        self._skipped.clear()
        self._seen = 0
