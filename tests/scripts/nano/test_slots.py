"""The eye's sentence holds every fact that a question may ask for."""

import random

import pytest

from nano.exam import MIXTURE
from nano.questions import description
from nano.scenes import Facts, sample
from nano.slots import SLOTS, TOKENS, indices


def test_scenes_with_the_same_slots_are_described_alike() -> None:
    seen: dict[tuple[int, ...], str] = {}
    for seed in range(500):
        facts = sample(random.Random(seed), MIXTURE).facts
        assert seen.setdefault(indices(facts), description(facts)) == description(facts)


def test_a_slot_says_none_where_the_facts_do() -> None:
    values = dict(zip(SLOTS, indices(Facts("empty", "nothing", "white")), strict=True))
    named = {slot.name: slot.values[index] for slot, index in values.items()}
    assert named["noun"] == "nothing" and named["background"] == "white"
    assert {named[name] for name in ("count", "size", "colour", "relation", "noun2")} == {""}


def test_the_sentence_is_as_long_as_the_projector_writes() -> None:
    pytest.importorskip("torch", reason="the extra `train` is not installed")
    from nano.eye import Shape

    assert (Shape().grid // 2) ** 2 == TOKENS
