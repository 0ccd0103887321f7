"""The code of every value of every slot: where they start, and how they are put together."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from nano.reader import Reader, Tokenizer
from nano.slots import NONE, PLACES, PROMPT_PLACES, PROMPT_WORDS, SLOTS, TOKENS

PROMPT = "prompt"
"""Under this name the codes of the unchanging tokens are kept."""


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
    words = tokenizer.tokens(PROMPT_WORDS)
    codes[PROMPT] = reader.embeddings[[words[k % len(words)] for k in range(len(PROMPT_PLACES))]]
    return codes


def sentence(codes: Mapping[str, Tensor], truth: Tensor) -> Tensor:
    """What a perfect eye would say: ``truth`` (batch, SLOTS) to (batch, TOKENS, width)."""
    width = codes[PROMPT].shape[1]
    said = codes[PROMPT].new_empty(len(truth), TOKENS, width)
    said[:, PROMPT_PLACES] = codes[PROMPT]
    said[:, PLACES] = torch.stack(
        [codes[slot.name][truth[:, k]] for k, slot in enumerate(SLOTS)], 1
    )
    return said
