"""Codes can be exchanged under an eye that has learned others."""

import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from nano.codes import PROMPT, turned_to  # noqa: E402
from nano.slots import PROMPT_WORDS, SLOTS  # noqa: E402


def test_an_eye_that_said_the_old_codes_says_the_new_ones() -> None:
    torch.manual_seed(0)
    sizes = {slot.name: len(slot.values) for slot in SLOTS} | {PROMPT: len(PROMPT_WORDS)}
    old = {name: torch.randn(size, 576) for name, size in sizes.items()}
    new = {name: code + 0.3 * torch.randn_like(code) for name, code in old.items()}
    last = torch.randn(576, 700)
    seen = torch.linalg.pinv(last) @ old["noun"].T  # what makes the last layer say each noun
    said = (turned_to(last, old, new) @ seen).T
    before = (old["noun"] - new["noun"]).norm()
    assert (said - new["noun"]).norm() < 0.1 * before
