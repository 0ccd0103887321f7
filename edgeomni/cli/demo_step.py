"""A step of the demo, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from edgeomni.cli.record import Outcome, to_json


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    shows: str
    """What there is to see, for people."""
    asks: str = ""


@dataclass(frozen=True, slots=True)
class Played:
    """A step and what became of it."""

    step: Step
    outcome: Outcome
    took_ms: float
    stop_ms: float | None = None
    """From the wish to stop until the engine had."""
    facts: str = ""
    """What it took, for people, where no receipt says so."""

    def to_json(self) -> str:
        return to_json(
            self.outcome,
            step=self.step.name,
            asked=self.step.asks,
            took_ms=round(self.took_ms, 3),
            stop_ms=None if self.stop_ms is None else round(self.stop_ms, 3),
        )
