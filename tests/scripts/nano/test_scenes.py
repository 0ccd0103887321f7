"""A scene is what its label says."""

import random
from itertools import combinations

import pytest

from nano import exam
from nano.scenes import (
    HELD_OUT_PALETTE,
    SEEDS_PER_RUN,
    TRAINING_PALETTE,
    VALIDATION_SEED,
    Scene,
    sample,
)
from nano.stages import LARGEST_SEED
from nano.vocabulary import COLOURS, NUMBERS

MANY = range(50)


def scene(kind: str, seed: int) -> Scene:
    return sample(random.Random(seed), {kind: 1})


@pytest.mark.parametrize("kind", ["shape", "sprite", "count", "two"])
@pytest.mark.parametrize("seed", MANY)
def test_things_are_wholly_inside_the_picture(kind: str, seed: int) -> None:
    made = scene(kind, seed)
    for thing in made.things:
        half = thing.side / 2 - 1e-6
        assert half <= thing.x <= made.width - half
        assert half <= thing.y <= made.height - half


@pytest.mark.parametrize("seed", MANY)
def test_counted_things_are_as_many_as_the_label_says_and_apart(seed: int) -> None:
    made = scene("count", seed)
    assert len(made.things) == NUMBERS.index(made.facts.count or "") + 1
    for one, other in combinations(made.things, 2):
        assert max(abs(one.x - other.x), abs(one.y - other.y)) > one.side


@pytest.mark.parametrize("seed", MANY)
def test_the_first_of_two_things_is_where_the_relation_says(seed: int) -> None:
    made = scene("two", seed)
    first, second = made.things
    across, down = second.x - first.x, second.y - first.y
    expected = across > abs(down) if made.facts.relation == "left" else down > abs(across)
    assert expected, (across, down)
    assert (first.noun, second.noun) == (made.facts.noun, made.facts.noun2)


@pytest.mark.parametrize("seed", MANY)
def test_no_thing_has_the_colour_it_stands_on(seed: int) -> None:
    made = scene("shape", seed)
    assert made.facts.colour != made.facts.background


def test_a_seed_makes_one_scene() -> None:
    assert scene("two", 5) == scene("two", 5) != scene("two", 6)


@pytest.mark.parametrize("colour", COLOURS)
def test_no_colour_of_training_is_near_one_held_out(colour: str) -> None:
    rng = random.Random(colour)
    held_out = [each for some in HELD_OUT_PALETTE.anchors.values() for each in some]
    for _ in range(300):
        drawn = TRAINING_PALETTE.draw(colour, rng)
        for other in held_out:
            apart = max(abs(a - b) for a, b in zip(drawn, other, strict=True))
            assert apart > 3 * HELD_OUT_PALETTE.spread


def test_training_seeds_stay_below_those_of_the_exam() -> None:
    assert (LARGEST_SEED + 1) * SEEDS_PER_RUN <= VALIDATION_SEED < exam.FIRST_SEED
