"""Codes are put where the text model looks for them, and an eye can be taught to say them."""

import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from nano.codes import PROMPT, sentence  # noqa: E402
from nano.slots import PLACES, PROMPT_PLACES, SLOTS  # noqa: E402


def test_a_sentence_has_the_code_of_each_slot_at_its_place() -> None:
    torch.manual_seed(0)
    codes = {slot.name: torch.randn(len(slot.values), 8) for slot in SLOTS}
    codes[PROMPT] = torch.randn(len(PROMPT_PLACES), 8)
    truth = torch.tensor([[k % len(slot.values) for k, slot in enumerate(SLOTS)]])
    (said,) = sentence(codes, truth)
    for k, (place, slot) in enumerate(zip(PLACES, SLOTS, strict=True)):
        assert torch.equal(said[place], codes[slot.name][truth[0, k]])
    assert torch.equal(said[list(PROMPT_PLACES)], codes[PROMPT])
