"""What a watch is to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from edgeomni.loops.watch.pace import Costs
from edgeomni.loops.watch.telling import Telling
from edgeomni.values import Fit

_CAPTION, _PLAIN_CAPTION = 24, 10
_VERDICT, _PLAIN_VERDICT = 32, 9
"""Tokens of an answer to expect before one is known; those of a plain model were counted."""


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
    every_look: bool = False
    """Whether the sight waits until a look is described, as a film that is read fast; else a newer
    one takes its place."""

    def expected(self) -> Costs:
        """What is known of the cost of a look before there was one."""
        plain = self.telling.plain
        caption = (_PLAIN_CAPTION if plain else _CAPTION) if self.captions else 0
        verdicts = (_PLAIN_VERDICT if plain else _VERDICT) * len(self.conditions)
        return Costs(caption + verdicts, asks=self.captions + len(self.conditions))
