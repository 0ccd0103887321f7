"""What is asked when the eye is measured, and whether an answer is right."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from nano.drawing import Brush, Pixels
from nano.questions import (
    Question,
    description,
    description_keys,
    questions,
)
from nano.scenes import Facts, sample
from nano.systems import DEFAULT_SYSTEM, HELD_OUT_SYSTEMS
from nano.vocabulary import COLOURS, NOUNS, NUMBERS, SIZES, plural
from nano.wordings import HELD_OUT_WORDINGS, TRAINING_WORDINGS

FIRST_SEED = 3_000_000_000
"""Training draws its scenes from seeds far below."""
MIXTURE = {
    "shape": 0.22,
    "sprite": 0.22,
    "count": 0.22,
    "two": 0.28,
    "unclear": 0.03,
    "empty": 0.03,
}
SYSTEMS = (DEFAULT_SYSTEM, "", *HELD_OUT_SYSTEMS)
SCALE = 4.0
"""Pictures are this much larger than what the eye sees, as real ones are."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One picture, and what is asked about it."""

    pixels: Pixels
    facts: Facts
    asked: tuple[Question, ...]
    system: str
    new_words: bool
    """Whether the wordings are ones that training never used."""


def paper(brush: Brush, index: int, each: int = 3) -> Paper:
    """The description and ``each`` further questions."""
    rng = random.Random(FIRST_SEED + index)
    scene = sample(rng, MIXTURE)
    pixels = brush.draw(scene, rng, SCALE)
    new_words = index % 2 == 1
    pool = questions(scene.facts, rng, HELD_OUT_WORDINGS if new_words else TRAINING_WORDINGS)
    asked = [pool[0], *rng.sample(pool[1:], min(each, len(pool) - 1))]
    system = SYSTEMS[index // 2 % len(SYSTEMS)]
    return Paper(pixels, scene.facts, tuple(asked), system, new_words)


def right(question: Question, answer: str) -> bool:
    """All that it asks for is said, in this order, and of a picture nothing that is not so.

    Singular and plural are the same word only where a number says how many.
    """
    said = re.findall(r"[a-z]+", answer.lower())
    if question.kind == "yesno":
        return said[:1] == list(question.keys)
    start = 0
    for key in question.keys:
        places = [i for i in range(start, len(said)) if said[i] in (key, plural(key))]
        if not places:
            return False
        start = places[0] + 1
    if question.kind != "describe":
        return True
    true = re.findall(r"[a-z]+", question.answer.lower())
    return set(said) & _TELLING <= set(true) and said[-2:] == true[-2:]


_TELLING = frozenset(
    (*NOUNS, *map(plural, NOUNS), *COLOURS, *NUMBERS, *SIZES, "left", "right", "above", "below")
)
"""Words of a description that say what is to be seen."""


def parts_right(facts: Facts, answer: str) -> dict[str, bool]:
    """Of a description: thing, colour and background, each for itself."""
    body, _, ground = answer.lower().partition(" on a")
    said, behind = re.findall(r"[a-z]+", body), re.findall(r"[a-z]+", ground)
    found = {"noun": facts.noun in said or plural(facts.noun) in said}
    if facts.colour:
        found["colour"] = facts.colour in said
    found["background"] = facts.background in behind
    return found


# ── pictures turned into others, whose answers must follow ──────────────────────────────────────


def swapped(pixels: Pixels) -> Pixels:
    """Red and blue exchanged."""
    return np.ascontiguousarray(pixels[..., ::-1])


def mirrored(pixels: Pixels) -> Pixels:
    return np.ascontiguousarray(pixels[:, ::-1])


def turned(pixels: Pixels) -> Pixels:
    """By 90 degrees, clockwise."""
    return np.ascontiguousarray(np.rot90(pixels, -1))


_SWAPPED = {"red": "blue", "blue": "red"}


def swapped_facts(facts: Facts) -> Facts | None:
    """None where an exchanged colour has no certain name."""
    colours = (facts.colour, facts.colour2, facts.background)
    if not {"red", "blue"} & set(colours):
        return None
    if not set(colours) <= {None, "red", "blue", "green", "white", "gray", "black"}:
        return None
    one, other, ground = (_SWAPPED.get(c or "", c) for c in colours)
    return replace(facts, colour=one, colour2=other, background=ground or "")


def mirrored_facts(facts: Facts) -> Facts | None:
    return _exchanged(facts, facts.relation) if facts.relation == "left" else None


def turned_facts(facts: Facts) -> Facts | None:
    """Clockwise: what was left is above, what was above is right."""
    if facts.relation == "left":
        return replace(facts, relation="above")
    return _exchanged(facts, "left") if facts.relation == "above" else None


def _exchanged(facts: Facts, relation: str | None) -> Facts:
    assert facts.noun2
    return replace(
        facts,
        noun=facts.noun2,
        noun2=facts.noun,
        colour=facts.colour2,
        colour2=facts.colour,
        relation=relation,
    )


def describe(facts: Facts) -> Question:
    return Question(
        "describe", "What is in the picture?", description(facts), description_keys(facts)
    )


TRANSFORMS: Mapping[str, tuple[Callable[[Pixels], Pixels], Callable[[Facts], Facts | None]]] = {
    "red and blue swapped": (swapped, swapped_facts),
    "mirrored": (mirrored, mirrored_facts),
    "turned by 90 degrees": (turned, turned_facts),
}
