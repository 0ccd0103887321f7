"""Muon: momentum whose update is made orthogonal, for the matrices between layers.

After Keller Jordan, https://kellerjordan.github.io/posts/muon/ (2024), with its coefficients.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.optim import Optimizer

_A, _B, _C = 3.4445, -4.7750, 2.0315


class Muon(Optimizer):
    def __init__(
        self, matrices: Iterable[Tensor], lr: float, momentum: float = 0.95, decay: float = 0.02
    ) -> None:
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                speed = self.state[matrix].setdefault("speed", torch.zeros_like(matrix))
                speed.mul_(group["momentum"]).add_(matrix.grad)
                update = orthogonal(matrix.grad + group["momentum"] * speed)
                scale = max(1.0, matrix.shape[0] / matrix.shape[1]) ** 0.5
                matrix.mul_(1 - group["lr"] * group["decay"]).add_(
                    update, alpha=-group["lr"] * scale
                )


def orthogonal(matrix: Tensor) -> Tensor:
    """The nearest matrix with singular values near 1, by five Newton-Schulz steps in bfloat16."""
    x = matrix.bfloat16()
    tall = x.shape[0] > x.shape[1]
    if tall:
        x = x.T
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        square = x @ x.T
        x = _A * x + (_B * square + _C * square @ square) @ x
    return (x.T if tall else x).to(matrix.dtype)
