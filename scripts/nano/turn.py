"""Exchanges the codes under an eye that has learned others."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from nano.codes import sentence
from nano.drawing import training_brush
from nano.examples import MIXTURE, stream
from nano.eye import Eye, to_input
from nano.scenes import SEEDS_PER_RUN, sample
from nano.slots import PLACES, SLOTS, TOKENS, indices


@torch.no_grad()
def turn(
    eye: Eye,
    old: Mapping[str, Tensor],
    new: Mapping[str, Tensor],
    folder: Path,
    seed: int,
    batches: int = 40,
) -> None:
    """Make an eye that says one set of codes say another one, nearly: training does the rest.

    The change of its last layer is found by ridge regression over pictures of training, in which
    what is seldom counts as much as what is common.
    """
    size = eye.shape.hidden + 1
    gram = torch.zeros(size, size, dtype=torch.float64)
    wanted = torch.zeros(size, eye.shape.output, dtype=torch.float64)
    examples = stream(training_brush(folder), (seed + 1) * SEEDS_PER_RUN - 10_000, 64)
    rarity = _rarity(seed)
    for _, batch in zip(range(batches), examples, strict=False):
        thoughts = eye.projector.thoughts(eye.tower(to_input(batch.pixels)))
        rows = F.pad(thoughts, (0, 1), value=1.0).flatten(0, 1)
        weight = torch.ones(len(batch.slots), TOKENS)
        weight[:, list(PLACES)] = 4 * torch.stack(
            [rare[batch.slots[:, k]] for k, rare in enumerate(rarity)], 1
        )
        weighted = (rows * weight.flatten()[:, None]).T
        change = sentence(new, batch.slots) - sentence(old, batch.slots)
        gram += (weighted @ rows).double()
        wanted += (weighted @ change.flatten(0, 1)).double()
    gram += 1e-4 * gram.diagonal().mean() * torch.eye(size, dtype=torch.float64)
    solved = torch.linalg.solve(gram, wanted).T.float()
    eye.projector.down.weight += solved[:, :-1]
    eye.projector.down.bias += solved[:, -1]


def _rarity(seed: int, scenes: int = 20_000) -> list[Tensor]:
    """For each slot, how much seldomer than the average each of its values is, within bounds."""
    rng = random.Random(seed)
    drawn = torch.tensor([indices(sample(rng, MIXTURE).facts) for _ in range(scenes)])
    rarity = []
    for k, slot in enumerate(SLOTS):
        counts = torch.bincount(drawn[:, k], minlength=len(slot.values)).clamp(min=1)
        rarity.append((scenes / len(slot.values) / counts).clamp(0.1, 30))
    return rarity
