"""What a watch is to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from edgeomni.loops.watch.telling import Telling
from edgeomni.values import Fit


@dataclass(frozen=True, slots=True)
class WatchPlan:
    telling: Telling = field(default_factory=Telling)
    captions: bool = True
    """Whether looks are put into words; conditions alone need none."""
    conditions: Sequence[str] = ()
    """What is waited for, each in the user's words."""
    asking: bool = False
    """Whether questions may come: the live picture is then kept ready for one."""
    fit: Fit = Fit()  # noqa: RUF009  frozen
    """Of the pictures, as the sight was asked for them."""
    max_latency: float | None = None
    """Seconds from a change to its words, where the machine can."""
    every: float = 0.0
    """Seconds between two looks at least, as the sight was asked for them."""
    frames: int = 16
    """Key frames that are remembered for questions about the past."""
    minutes: float = 10.0
    """For which they are."""
