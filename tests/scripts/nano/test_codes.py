"""Codes are put where the text model looks for them, and an eye can be taught to say them."""

import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from nano.codes import PROMPT, Tied, sentence  # noqa: E402
from nano.slots import PLACES, PROMPT_PLACES, SLOTS  # noqa: E402
from nano.vocabulary import SHAPES, THINGS  # noqa: E402


def test_a_sentence_has_the_code_of_each_slot_at_its_place() -> None:
    torch.manual_seed(0)
    codes = {slot.name: torch.randn(len(slot.values), 8) for slot in SLOTS}
    codes[PROMPT] = torch.randn(len(PROMPT_PLACES), 8)
    truth = torch.tensor([[k % len(slot.values) for k, slot in enumerate(SLOTS)]])
    (said,) = sentence(codes, truth)
    for k, (place, slot) in enumerate(zip(PLACES, SLOTS, strict=True)):
        assert torch.equal(said[place], codes[slot.name][truth[0, k]])
    assert torch.equal(said[list(PROMPT_PLACES)], codes[PROMPT])


def test_tied_codes_differ_between_slots_as_their_slots_do() -> None:
    torch.manual_seed(0)
    codes = {slot.name: torch.randn(len(slot.values), 8) for slot in SLOTS}
    codes[PROMPT] = torch.randn(len(PROMPT_PLACES), 8)
    tied = Tied(codes)()
    dog, cat = THINGS.index("dog"), THINGS.index("cat")
    first = len(SHAPES)
    among = tied["noun"][first + dog] - tied["noun"][first + cat]
    beside = tied["left"][1 + first + dog] - tied["left"][1 + first + cat]
    assert (among - beside).norm() < 1e-5
    assert torch.equal(tied["left"][0], codes["left"][0])  # nothing is there
    again = Tied(tied)()
    assert all((again[name] - code).norm() < 1e-3 for name, code in tied.items())
