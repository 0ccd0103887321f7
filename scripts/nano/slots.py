"""The sentence that the eye says in the text model's own space: one slot a token.

Each slot holds one fact; each of its values has a code, a vector of the text model's embedding
space. The last slots never change: they are a prompt that is trained, not written.
"""

from __future__ import annotations

from dataclasses import dataclass

from nano.scenes import Facts
from nano.vocabulary import COLOURS, NOTHING, NOUNS, NUMBERS, SIZES, UNCLEAR

NONE = ""


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
)
PROMPT_WORDS = (" background", ".", "\n", "\n", "\n", "\n", "\n", "\n")
"""Where the unchanging slots start from."""
TOKENS = len(SLOTS) + len(PROMPT_WORDS)


def indices(facts: Facts) -> tuple[int, ...]:
    """Which value each slot has."""
    return tuple(slot.index(getattr(facts, slot.name)) for slot in SLOTS)
