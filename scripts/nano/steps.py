"""How weights move: two optimisers, a quick twin for the arithmetic, an average for the result."""

from __future__ import annotations

import copy
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from nano.eye import Eye
from nano.muon import Muon


class Average:
    """A moving average of the weights: better than any single step's."""

    def __init__(self, eye: Eye, keep: float = 0.995) -> None:
        self.eye, self._keep = copy.deepcopy(eye).eval(), keep

    @torch.no_grad()
    def follow(self, eye: Eye, step: int) -> None:
        keep = min(self._keep, (step + 1) / (step + 20))
        for mean, now in zip(self.eye.parameters(), eye.parameters(), strict=True):
            mean.lerp_(now, 1 - keep)


class Quick:
    """A bfloat16 twin that runs in place of the eye, whose weights stay in float32."""

    def __init__(self, *parts: nn.Module) -> None:
        self._parts = parts
        self.twins = [copy.deepcopy(part).bfloat16() for part in parts]

    def hand_over(self) -> list[Tensor]:
        """The twins' gradients become those of the parts; they are returned."""
        gradients = []
        for part, twin in zip(self._parts, self.twins, strict=True):
            for own, other in zip(part.parameters(), twin.parameters(), strict=True):
                if other.grad is not None:
                    own.grad, other.grad = other.grad.float(), None
                    gradients.append(own.grad)
        return gradients

    @torch.no_grad()
    def follow(self) -> None:
        for part, twin in zip(self._parts, self.twins, strict=True):
            for own, other in zip(part.parameters(), twin.parameters(), strict=True):
                other.copy_(own)


def optimisers(
    eye: Eye, others: Iterable[nn.Parameter], rate: float
) -> list[torch.optim.Optimizer]:
    """Muon for the matrices, AdamW for the rest; which place asks must outweigh what is seen."""
    named = [(name, p) for name, p in eye.named_parameters() if p.requires_grad]
    matrices = [p for name, p in named if p.ndim == 2 and not name.endswith("position")]
    rest = [p for _, p in named if p.ndim != 2]
    groups = [{"params": [*rest, *others]}, {"params": [eye.projector.position], "lr": rate}]
    adam = torch.optim.AdamW(groups, lr=rate / 12, betas=(0.9, 0.98), weight_decay=0.0)
    return [Muon(matrices, lr=rate), adam]


def advance(optimisers: list[torch.optim.Optimizer], factor: float) -> None:
    """One step with all gradients, at this fraction of the learning rates."""
    nn.utils.clip_grad_norm_(optimisers[1].param_groups[0]["params"], 1.0)
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = group.setdefault("first_lr", group["lr"]) * factor
        optimiser.step()
        optimiser.zero_grad()
