"""The codes, and how near what the eye says comes to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from nano.codes import PROMPT, sentence
from nano.eye import Eye
from nano.heads import slot_loss
from nano.slots import PLACES, SLOTS


class CodeBook:
    """The codes, and how far what the eye says is from each."""

    def __init__(self, codes: Mapping[str, Tensor]) -> None:
        self.codes = dict(codes)
        rows = torch.cat([self.codes[slot.name] for slot in SLOTS] + [self.codes[PROMPT]])
        self.scale = rows.pow(2).sum(-1).mean()

    def loss(self, eye: Eye, seen: Tensor, truth: Tensor, asked: Sequence[int]) -> Tensor:
        """Cross entropy over codes, and squared distance to the true ones.

        ``asked`` are the unchanging tokens that are looked at, too.
        """
        said = eye.projector(seen, (*PLACES, *asked)).float()
        wanted = sentence(self.codes, truth)[:, [*PLACES, *asked]]
        far = (said - wanted).pow(2).sum(-1).mean(0) / self.scale
        facts = len(PLACES)
        return slot_loss(self._logits(said), truth) + 0.3 * far[:facts].mean() + far[facts:].mean()

    def read(self, eye: Eye, pixels: Tensor) -> Tensor:
        """The nearest value of each slot, (batch, SLOTS)."""
        said = eye.projector(eye.tower(pixels), PLACES)
        return torch.stack([logit.argmax(-1) for logit in self._logits(said)], 1)

    def _logits(self, said: Tensor, sharpness: float = 14.0) -> list[Tensor]:
        """For each slot: minus the squared distance to each code, (batch, values)."""
        return [
            -sharpness * _squared_distance(said[:, k], self.codes[slot.name]) / self.scale
            for k, slot in enumerate(SLOTS)
        ]


def _squared_distance(points: Tensor, codes: Tensor) -> Tensor:
    cross = points @ codes.T
    return points.pow(2).sum(-1, keepdim=True) - 2 * cross + codes.pow(2).sum(-1)
