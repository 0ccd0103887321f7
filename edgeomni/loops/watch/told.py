"""What watching tells its face. Times are those of ``edgeomni.watch_events``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from edgeomni.errors import EdgeomniError
from edgeomni.values import EngineEvent, Image, Receipt
from edgeomni.watch_events import Event


@dataclass(frozen=True, slots=True)
class Caption:
    """What was seen, in words."""

    at: float
    """When the frame was taken."""
    why: str
    """As ``watch_events.Look.why``."""
    text: str
    """Empty where there is nothing new to say of it."""
    whole: bool
    """Of all there is; else of what has changed."""
    score: float
    since: float
    image: Image
    took: float
    """Seconds from the frame to the last word."""
    receipt: Receipt
    fields: dict[str, Any] | None = None
    """The same by the schema that was asked for."""


@dataclass(frozen=True, slots=True)
class Match:
    """What was waited for is there; told once for each time that it appears."""

    at: float
    condition: str
    text: str
    """The evidence, in the model's words."""
    score: float
    image: Image
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Answered:
    """A question about the picture has its answer."""

    at: float
    """When the picture was taken that it is about."""
    asked: str
    text: str
    image: Image | None
    """None where there was no picture of the present."""
    receipt: Receipt
    spoken: bool = False
    """It is heard already: it was asked by voice."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a look costs on this machine, and what follows from that."""

    look: float
    """Seconds that the next look is expected to take, its words included."""
    every: float
    """Seconds between two looks at least."""
    side: int
    """Pixels of the longer side of what the model is shown; 0 for all there are."""


class WatchFace(Protocol):
    """Who sees the watch. Never called on two threads at the same time."""

    def event(self, event: Event) -> None:
        """Everything that the sight tells, in order."""
        ...

    def looking(self, at: float, why: str) -> None:
        """The model begins to look at a frame."""
        ...

    def words(self, event: EngineEvent) -> None:
        """How a caption grows."""
        ...

    def caption(self, caption: Caption) -> None: ...

    def match(self, match: Match) -> None: ...

    def answering(self, asked: str) -> None:
        """A question is being answered; ``answer`` tells how that grows."""
        ...

    def answer(self, event: EngineEvent) -> None: ...

    def answered(self, answered: Answered) -> None: ...

    def pace(self, pace: Pace) -> None:
        """It was chosen anew."""
        ...

    def failed(self, error: EdgeomniError) -> None:
        """A look or an answer came to nothing; the watch goes on."""
        ...
