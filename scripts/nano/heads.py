"""What an eye in training is asked beside its codes, so that all of it learns at once."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nano.examples import PATCH_COLOURS, PATCH_NOUNS
from nano.slots import SLOTS


class PatchHeads(nn.Module):
    """What each patch shows: asked in training only, so that every patch teaches."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.sizes = (len(PATCH_NOUNS), len(PATCH_COLOURS), 3, 2)
        self.linear = nn.Linear(width, sum(self.sizes))
        self.weights = [torch.ones(size) for size in self.sizes]
        self.weights[0][0], self.weights[1][0] = 0.25, 0.3
        self.weights[3][1] = 5.0

    def loss(self, seen: Tensor, labels: Tensor) -> Tensor:
        """``seen`` (batch, patches, width), ``labels`` (batch, heads, GRID, GRID)."""
        logits = self.linear(seen).float().flatten(0, 1).split(self.sizes, -1)
        parts = (
            F.cross_entropy(logit, label, weight=weight)
            for logit, label, weight in zip(
                logits, labels.flatten(2).transpose(0, 1).flatten(1), self.weights, strict=True
            )
        )
        return torch.stack(list(parts)).sum()


class SlotHeads(nn.Module):
    """The value of each slot, asked once more in training only: of what the last layer speaks from.

    A code is said only when every place has learned to say it; a head of its own learns sooner, and
    what it needs to see is the same.
    """

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.linear = nn.ModuleList(nn.Linear(hidden, len(slot.values)) for slot in SLOTS)

    def loss(self, thoughts: Tensor, truth: Tensor) -> Tensor:
        """``thoughts`` (batch, SLOTS, hidden), ``truth`` (batch, SLOTS)."""
        heads = enumerate(self.linear)
        return slot_loss([head(thoughts[:, k]).float() for k, head in heads], truth)


def slot_loss(logits: list[Tensor], truth: Tensor) -> Tensor:
    """``truth`` (batch, SLOTS)."""
    parts = [
        slot.weight * F.cross_entropy(logit, truth[:, k])
        for k, (slot, logit) in enumerate(zip(SLOTS, logits, strict=True))
    ]
    return torch.stack(parts).sum() / sum(slot.weight for slot in SLOTS)
