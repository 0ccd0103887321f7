"""The text model as a listener, from whose answers the eye learns whether it was understood."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch
from torch import Tensor

from nano import talk
from nano.reader import Reader, Tokenizer
from nano.scenes import Facts
from nano.systems import TRAINING_SYSTEMS

_QUESTIONS = 5


class Partner:
    """The text model with its prefixes, as a source of gradients for pictures."""

    def __init__(self, reader: Reader, tokenizer: Tokenizer, seed: int) -> None:
        self._reader, self._tokenizer = reader, tokenizer
        self._rng = random.Random(seed)
        self._weights = talk.token_weights(len(reader.embeddings), tokenizer)
        self._closing = reader.embeddings[list(tokenizer.tokens(talk.END))]
        self._memories = {
            system: talk.remember(reader, tokenizer, system) for system in TRAINING_SYSTEMS
        }

    def loss(self, said: Tensor, facts: Sequence[Facts]) -> Tensor:
        """Of some questions about each of a few pictures, (pictures, TOKENS, width)."""
        pictures = torch.cat([said, self._closing.expand(len(facts), -1, -1)], 1)
        asked = [talk.choose(each, _QUESTIONS, self._rng) for each in facts]
        system = self._rng.choices(*zip(*TRAINING_SYSTEMS.items(), strict=True))[0]
        packed = talk.pack(asked, self._tokenizer, self._rng)
        memory = self._memories[system]
        logits, targets, _ = talk.answers(self._reader, memory, pictures, packed)
        return talk.weighted(logits, targets, self._weights)
