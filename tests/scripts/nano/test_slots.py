"""The eye's sentence holds every fact that a question may ask for."""

import random

from nano.exam import MIXTURE
from nano.questions import description
from nano.scenes import Facts, sample
from nano.slots import PLACES, PROMPT_PLACES, SLOTS, TOKENS, indices


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


def test_a_thing_on_a_side_is_said_there_too() -> None:
    facts = Facts("two", "dog", "white", "one", None, None, "above", "circle", "red")
    named = {slot.name: slot.values[i] for slot, i in zip(SLOTS, indices(facts), strict=True)}
    sides = [named[side] for side in ("left", "right", "top", "bottom")]
    assert sides == ["", "", "dog", "circle"]


def test_every_token_has_one_place() -> None:
    assert len(PLACES) == len(SLOTS)
    assert sorted((*PLACES, *PROMPT_PLACES)) == list(range(TOKENS))
