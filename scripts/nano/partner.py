"""The text model as a listener: from its answers codes and eye learn if they are understood."""

from __future__ import annotations

import random
from collections.abc import Sequence

from torch import Tensor

from nano import talk
from nano.reader import Reader, Tokenizer
from nano.scenes import Facts
from nano.systems import TRAINING_SYSTEMS


class Partner:
    """The text model with its prefixes, as a source of gradients for pictures."""

    def __init__(self, reader: Reader, tokenizer: Tokenizer, seed: int) -> None:
        self._reader, self._tokenizer = reader, tokenizer
        self._rng = random.Random(seed)
        self._weights = talk.token_weights(len(reader.embeddings), tokenizer)
        self._memories = {
            system: talk.remember(reader, tokenizer, system) for system in TRAINING_SYSTEMS
        }

    def answers(
        self, said: Tensor, facts: Sequence[Facts], each: int = 5
    ) -> tuple[Tensor, Tensor, Tensor]:
        """To some questions about each picture; see ``talk.answers``.

        ``said`` is what the eye says of them, (pictures, TOKENS, width).
        """
        asked = [talk.choose(one, each, self._rng) for one in facts]
        system = self._rng.choices(*zip(*TRAINING_SYSTEMS.items(), strict=True))[0]
        packed = talk.pack(asked, self._tokenizer, self._rng)
        pictures = talk.closed(said, self._reader, self._tokenizer)
        return talk.answers(self._reader, self._memories[system], pictures, packed)

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        return talk.weighted(logits, targets, self._weights)
