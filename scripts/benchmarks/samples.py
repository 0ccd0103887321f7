"""Numbers from repeated measurements, and what may be concluded from them. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Sense = Literal["at least", "at most"]
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Samples:
    """Repeated measurements of one thing."""

    values: tuple[float, ...]
    unit: str

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("nothing was measured")

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> float:
        """Distance from the smallest to the largest, as a share of the median."""
        return (max(self.values) - min(self.values)) / self.median if self.median else 0.0

    def within(self, share: float) -> Samples:
        """The smallest measured value that so many of them do not exceed; ``share`` from 0 to 1."""
        rank = max(1, math.ceil(share * len(self.values) - _ROUNDING))
        return Samples((sorted(self.values)[rank - 1],), self.unit)


@dataclass(frozen=True)
class Guard:
    """Something that must hold beside the time, or else the time means nothing."""

    says: str
    holds: bool


@dataclass(frozen=True)
class Bar:
    """A goal in figures, for a ratio or for a plain value."""

    sense: Sense
    limit: float
    unit: str = "x"

    def met(self, value: float) -> bool:
        return value >= self.limit if self.sense == "at least" else value <= self.limit


@dataclass(frozen=True)
class Result:
    """One line of the report."""

    goal: str
    """E1, E2, ..."""
    case: str
    ours: Samples
    bar: Bar | None = None
    """None: reported, not judged."""
    peer: str = ""
    theirs: Samples | None = None
    """None: the bar is for our own figure."""
    guards: tuple[Guard, ...] = field(default=())

    @property
    def figure(self) -> float:
        """What is held against the bar: the ratio of medians, or our own median."""
        return self.ours.median / self.theirs.median if self.theirs else self.ours.median

    @property
    def met(self) -> bool | None:
        """None without a bar. A figure whose guards do not hold meets nothing."""
        if not all(guard.holds for guard in self.guards):
            return False
        return self.bar.met(self.figure) if self.bar else None


def interleave(
    sides: Mapping[str, Callable[[int], float]], rounds: int
) -> dict[str, tuple[float, ...]]:
    """Measure every side once a round, A B, then B A, so that a drift of the machine hits all.

    Each side is called with the number of the round.
    """
    measured: dict[str, list[float]] = {name: [] for name in sides}
    order = list(sides)
    for number in range(rounds):
        for name in order if number % 2 == 0 else reversed(order):
            measured[name].append(sides[name](number))
    return {name: tuple(values) for name, values in measured.items()}


def slope(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Least-squares rise of y for one more x."""
    return statistics.linear_regression(xs, ys).slope
