"""The eye: a small vision transformer and the projector that llama.cpp calls ``adapter``.

64 patches of 16x16 pixels become 16 tokens of the text model's width, between two learned ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nano.scenes import SIDE

_EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class Shape:
    width: int = 256
    layers: int = 6
    heads: int = 4
    hidden: int = 768
    patch: int = 16
    projector: int = 384
    projector_hidden: int = 768
    output: int = 576
    """The text model's embedding width."""

    @property
    def grid(self) -> int:
        return SIDE // self.patch


class Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.norm1 = nn.LayerNorm(shape.width, eps=_EPSILON)
        self.query, self.key, self.value, self.out = (
            nn.Linear(shape.width, shape.width) for _ in range(4)
        )
        self.norm2 = nn.LayerNorm(shape.width, eps=_EPSILON)
        self.up = nn.Linear(shape.width, shape.hidden)
        self.down = nn.Linear(shape.hidden, shape.width)

    def forward(self, x: Tensor) -> Tensor:
        seen = self.norm1(x)
        parts = (part(seen).unflatten(-1, (self.heads, -1)) for part in self._projections())
        query, key, value = (part.transpose(1, 2) for part in parts)
        mixed = F.scaled_dot_product_attention(query, key, value)
        x = x + self.out(mixed.transpose(1, 2).flatten(2))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))

    def _projections(self) -> tuple[nn.Linear, nn.Linear, nn.Linear]:
        return self.query, self.key, self.value


class Projector(nn.Module):
    """Quarter the tokens, then a gated layer into the text model's space."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.grid = shape.grid
        self.conv = nn.Conv2d(shape.width, shape.projector, 2, 2)
        self.linear = nn.Linear(shape.projector, shape.projector, bias=False)
        self.norm = nn.LayerNorm(shape.projector, eps=_EPSILON)
        self.gate = nn.Linear(shape.projector, shape.projector_hidden, bias=False)
        self.up = nn.Linear(shape.projector, shape.projector_hidden, bias=False)
        self.down = nn.Linear(shape.projector_hidden, shape.output, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        square = x.transpose(1, 2).unflatten(2, (self.grid, self.grid))
        x = self.linear(self.conv(square).flatten(2).transpose(1, 2))
        x = F.gelu(self.norm(x), approximate="tanh")
        return self.down(F.silu(self.gate(x)) * self.up(x))


class Eye(nn.Module):
    def __init__(self, shape: Shape | None = None) -> None:
        super().__init__()
        self.shape = shape = shape or Shape()
        self.patches = nn.Conv2d(3, shape.width, shape.patch, shape.patch)
        self.position = nn.Parameter(torch.randn(shape.grid**2, shape.width) * 0.02)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(shape.width, eps=_EPSILON)
        self.projector = Projector(shape)
        self.begin = nn.Parameter(torch.zeros(shape.output))
        self.end = nn.Parameter(torch.zeros(shape.output))

    def tower(self, pixels: Tensor) -> Tensor:
        """(batch, 3, SIDE, SIDE) in [-1, 1] to (batch, patches, width)."""
        x = self.patches(pixels).flatten(2).transpose(1, 2) + self.position
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)

    def forward(self, pixels: Tensor) -> Tensor:
        """(batch, TOKENS, output): what stands between ``begin`` and ``end``."""
        return self.projector(self.tower(pixels))


def to_input(pixels: Tensor) -> Tensor:
    """uint8 (batch, SIDE, SIDE, 3) to what the tower takes."""
    return pixels.permute(0, 3, 1, 2).float() / 127.5 - 1
