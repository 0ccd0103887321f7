"""What is asked of codes and eye while they learn."""

import random

import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from nano.codes import PROMPT  # noqa: E402
from nano.scenes import sample  # noqa: E402
from nano.slots import PLACES, PROMPT_PLACES, SLOTS, indices  # noqa: E402
from nano.speak import spoken  # noqa: E402
from nano.talk import choose  # noqa: E402


def test_of_two_things_a_description_is_nearly_always_asked_for() -> None:
    rng = random.Random(1)
    asked = [choose(sample(rng, {"two": 1}).facts, 6, rng) for _ in range(100)]
    assert sum(any(each.kind == "describe" for each in some) for some in asked) > 80


def test_who_doubts_is_still_nearest_to_the_truth() -> None:
    torch.manual_seed(0)
    codes = {slot.name: torch.randn(len(slot.values), 64) for slot in SLOTS}
    codes[PROMPT] = torch.randn(len(PROMPT_PLACES), 64)
    rng = random.Random(2)
    facts = [sample(rng, {"two": 1}).facts for _ in range(20)]
    said, sure = spoken(codes, facts, doubt=0.5), spoken(codes, facts)
    assert not torch.equal(said[:, list(PLACES)], sure[:, list(PLACES)])
    assert torch.equal(said[:, list(PROMPT_PLACES)], sure[:, list(PROMPT_PLACES)])
    for k, (place, slot) in enumerate(zip(PLACES, SLOTS, strict=True)):
        nearest = torch.cdist(said[:, place], codes[slot.name]).argmin(-1)
        assert nearest.tolist() == [indices(each)[k] for each in facts]
