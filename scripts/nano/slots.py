"""The sentence that the eye says in the text model's own space: one slot a token.

Each slot holds one fact; each of its values has a code, a vector of the text model's embedding
space. The other tokens never change: they are a prompt that is trained, not written.
"""

from __future__ import annotations

from dataclasses import dataclass

from nano.scenes import Facts
from nano.vocabulary import COLOURS, NOTHING, NOUNS, NUMBERS, SIZES, UNCLEAR

NONE = ""
GRID = 8
TOKENS = GRID * GRID
"""One for each cell of a square grid, row by row."""


@dataclass(frozen=True, slots=True)
class Slot:
    name: str
    values: tuple[str, ...]
    weight: float = 1.0
    """Of its cross entropy in training."""

    def index(self, value: str | None) -> int:
        return self.values.index(value or NONE)


SLOTS = (
    Slot("count", (NONE, *NUMBERS), 1.5),
    Slot("size", (NONE, *SIZES), 0.5),
    Slot("colour", (NONE, *COLOURS)),
    Slot("noun", (*NOUNS, NOTHING, UNCLEAR), 2.0),
    Slot("relation", (NONE, "left", "above")),
    Slot("colour2", (NONE, *COLOURS)),
    Slot("noun2", (NONE, *NOUNS), 1.5),
    Slot("background", COLOURS, 0.7),
    *(Slot(place, (NONE, *NOUNS), 0.3) for place in ("left", "right", "top", "bottom")),
)
"""The last four say again which thing is where: a question about a side finds its answer there."""

PLACES = (*range(25, 31), *range(33, 39))
"""Which token each slot is: the middle of the grid, whence the eye's kernels reach all of it."""
PROMPT_PLACES = tuple(place for place in range(TOKENS) if place not in PLACES)
PROMPT_WORDS = (
    " Look at the picture and answer the question about it. Say Yes if it is so and No if not."
    " The picture shows how many, size, color, thing and background. What is not named here is"
    " not there. Say only what is true"
)
"""What the unchanging tokens start from, cut or repeated to their number."""


def indices(facts: Facts) -> tuple[int, ...]:
    """Which value each slot has."""
    return tuple(slot.index(_fact(facts, slot.name)) for slot in SLOTS)


def _fact(facts: Facts, name: str) -> str | None:
    first, second = {"left": ("left", "right"), "above": ("top", "bottom")}.get(
        facts.relation or "", ("", "")
    )
    if name in ("left", "right", "top", "bottom"):
        return {first: facts.noun, second: facts.noun2}.get(name)
    value: str | None = getattr(facts, name)
    return value
