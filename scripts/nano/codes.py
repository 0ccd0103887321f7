"""The code of every value of every slot: where they start, and how they are put together."""

from __future__ import annotations

import torch
from torch import Tensor

from nano.reader import Reader, Tokenizer
from nano.slots import NONE, PROMPT_WORDS, SLOTS

PROMPT = "prompt"
"""Under this name the codes of the unchanging slots are kept."""


def from_words(reader: Reader, tokenizer: Tokenizer) -> dict[str, Tensor]:
    """Each value starts as the embedding of its own word."""

    def embedding(word: str) -> Tensor:
        return reader.embeddings[list(tokenizer.tokens(word))].mean(0)

    codes = {
        slot.name: torch.stack(
            [embedding("\n" if value == NONE else f" {value}") for value in slot.values]
        )
        for slot in SLOTS
    }
    codes[PROMPT] = torch.stack([embedding(word) for word in PROMPT_WORDS])
    return codes


def sentence(codes: dict[str, Tensor], truth: Tensor) -> Tensor:
    """What a perfect eye would say: ``truth`` (batch, SLOTS) to (batch, TOKENS, width)."""
    facts = torch.stack([codes[slot.name][truth[:, k]] for k, slot in enumerate(SLOTS)], 1)
    return torch.cat([facts, codes[PROMPT].expand(len(truth), -1, -1)], 1)


def turned_to(
    last: Tensor, old: dict[str, Tensor], new: dict[str, Tensor], ridge: float = 0.01
) -> Tensor:
    """An eye's last weights, changed so that it says the new codes where it said the old ones.

    ``last`` (width, inputs). The least change of what is said that maps one onto the other, by
    ridge regression; ``ridge`` is relative to the mean square of the old codes.
    """
    names = (*(slot.name for slot in SLOTS), PROMPT)
    before = torch.cat([old[name] for name in names]).double()
    after = torch.cat([new[name] for name in names]).double()
    gram = before.T @ before
    steady = gram + ridge * gram.diagonal().mean() * torch.eye(len(gram), dtype=torch.float64)
    change = torch.linalg.solve(steady, before.T @ (after - before)).T
    return last + (change @ last.double()).to(last.dtype)
