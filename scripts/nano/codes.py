"""The code of every value of every slot: where they start, and how they are put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import torch
from torch import Tensor, nn

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


class Tied(nn.Module):
    """Codes in training: what can stand in several slots has one vector, and each slot one more.

    The code is their sum. The eye then learns a thing once, not once for each slot, and so does
    the text model. That a slot is empty has a vector of its own everywhere.
    """

    def __init__(self, codes: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.words, self.offsets, self.nothing = (nn.ParameterDict() for _ in range(3))
        self.prompt = nn.Parameter(codes[PROMPT].clone())
        sums: dict[str, list[Tensor]] = {}
        slots_of = Counter(value for slot in SLOTS for value in slot.values if value != NONE)
        for slot in SLOTS:
            named = [value for value in slot.values if value != NONE]
            table = codes[slot.name][len(slot.values) - len(named) :]
            shared = [slots_of[value] == max(slots_of[each] for each in named) for value in named]
            offset = table[torch.tensor(shared)].mean(0)
            self.offsets[slot.name] = nn.Parameter(offset)
            if NONE in slot.values:
                self.nothing[slot.name] = nn.Parameter(codes[slot.name][:1].clone())
            for value, code in zip(named, table, strict=True):
                sums.setdefault(value, []).append(code - offset)
        for value, parts in sums.items():
            self.words[value] = nn.Parameter(torch.stack(parts).mean(0))

    def forward(self) -> dict[str, Tensor]:
        codes = {PROMPT: self.prompt}
        for slot in SLOTS:
            named = [self.words[value] for value in slot.values if value != NONE]
            table = torch.stack(named) + self.offsets[slot.name]
            empty = [self.nothing[slot.name]] if NONE in slot.values else []
            codes[slot.name] = torch.cat([*empty, table])
        return codes
