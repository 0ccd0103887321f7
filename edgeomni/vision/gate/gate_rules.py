"""What the gate of the camera mode is told and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Why = Literal["first", "change", "interval"]
State = Literal["still", "moving", "settling"]


class Region(NamedTuple):
    """A part of the picture, in shares of its width and height from the upper left corner."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class GateRules:
    """When to look; times in seconds."""

    sensitivity: float = 0.5
    """From 0 to 1."""
    least: float = 1.0
    """Between two looks at least."""
    most: float | None = None
    """Look again after so long though nothing changed."""
    mask: tuple[Region, ...] = ()
    """What is not looked at."""

    def between(self, lowest: float, highest: float) -> float:
        """A threshold, from its value at the lowest sensitivity to that at the highest."""
        share = min(1.0, max(0.0, self.sensitivity))
        return float(lowest * (highest / lowest) ** share)


@dataclass(frozen=True, slots=True)
class Look:
    """A frame is worth a look."""

    why: Why
    score: float
    """From 0 to 1: share of the picture that changed."""
    since: float
    """When the change began, by the source's clock."""
    back: int
    """Which frame to take: 0 is the one just seen, 1 the one before it. Below ``Gate.KEEP``."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one frame."""

    score: float
    """Share of the picture that differs from the scene looked at last."""
    state: State
    """``settling``: something changed and stands still, and the look is still to come."""
    look: Look | None
