"""The eye: a small ConvNeXt V2 as llama.cpp's projector ``yasa2`` draws it.

128x128 pixels become 64 tokens of the text model's width, one for each cell of an 8x8 grid. After
Woo et al., "ConvNeXt V2" (2023), https://arxiv.org/abs/2301.00808; tools/mtmd/models/yasa2.cpp.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nano.scenes import SIDE
from nano.slots import TOKENS

KERNEL = 7
_EPSILON = 1e-6
_SAMPLED = 4
"""The gradient of a depthwise kernel is taken from every so-manieth picture of a batch: on a CPU it
costs as much as all the rest of a layer, and the mean over so many places is steady enough."""


@dataclass(frozen=True, slots=True)
class Shape:
    stem: int = 4
    """Pixels of a side of what the first layer takes together."""
    widths: tuple[int, ...] = (48, 96, 224)
    """Of the stages; each halves the sides of the one before, and the last has the grid's."""
    depths: tuple[int, ...] = (1, 2, 5)
    hidden: int = 2048
    """Of the projector."""
    output: int = 576
    """The text model's embedding width."""


class _Depthwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return F.conv2d(x, weight, bias, padding=KERNEL // 2, groups=len(weight))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        (gradient,) = gradients
        back = F.conv2d(gradient, weight.flip(2, 3), padding=KERNEL // 2, groups=len(weight))
        some = slice(None, None, _SAMPLED)
        by_weight = torch.nn.grad.conv2d_weight(
            x[some].float(),
            list(weight.shape),
            gradient[some].float(),
            padding=KERNEL // 2,
            groups=len(weight),
        ) * (len(x) / len(x[some]))
        return back, by_weight.to(weight.dtype), gradient.sum((0, 2, 3))


class Block(nn.Module):
    """``normalising`` adds ConvNeXt V2's response normalisation: what is seen anywhere counts."""

    def __init__(self, width: int, *, normalising: bool) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(width, width, KERNEL, groups=width)
        self.norm = nn.LayerNorm(width, eps=_EPSILON)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.gain, self.offset = (
            nn.Parameter(torch.zeros(4 * width), requires_grad=normalising) for _ in range(2)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(batch, width, rows, columns), channels last in memory."""
        bias = self.depthwise.bias
        assert bias is not None
        near = _Depthwise.apply(x, self.depthwise.weight, bias).permute(0, 2, 3, 1)
        up = F.gelu(self.up(self.norm(near)))
        if self.gain.requires_grad:
            up = self._normalised(up)
        return x + self.down(up).permute(0, 3, 1, 2)

    def _normalised(self, up: Tensor) -> Tensor:
        strength = up.float().pow(2).sum((1, 2), keepdim=True).add(1e-12).sqrt()
        relative = strength / strength.mean(-1, keepdim=True).clamp(min=1e-6)
        return up * (1 + relative.to(up.dtype) * self.gain) + self.offset


class Stage(nn.Module):
    def __init__(self, before: int | None, width: int, depth: int, *, last: bool) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(before, eps=_EPSILON) if before else None
        self.halve = nn.Conv2d(before, width, 2, 2) if before else None
        self.blocks = nn.Sequential(
            *(Block(width, normalising=last and index % 2 == 1) for index in range(depth))
        )

    def forward(self, x: Tensor) -> Tensor:
        if self.norm is not None and self.halve is not None:
            x = self.halve(_by_channel(self.norm, x))
        seen: Tensor = self.blocks(x)
        return seen


def _by_channel(norm: nn.LayerNorm, x: Tensor) -> Tensor:
    normed: Tensor = norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
    return normed


class Projector(nn.Module):
    """What is seen, and which place of the grid asks, become a token there."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.position = nn.Parameter(torch.randn(TOKENS, shape.widths[-1]) * 0.3)
        self.up = nn.Linear(shape.widths[-1], shape.hidden)
        self.down = nn.Linear(shape.hidden, shape.output)

    def thoughts(self, seen: Tensor, places: Sequence[int] = range(TOKENS)) -> Tensor:
        """(batch, places, hidden): what the last layer speaks from."""
        asked = list(places)
        return F.gelu(self.up(seen[:, asked] + self.position[asked]))

    def forward(self, seen: Tensor, places: Sequence[int] = range(TOKENS)) -> Tensor:
        """(batch, places, output)."""
        said: Tensor = self.down(self.thoughts(seen, places))
        return said


class Eye(nn.Module):
    def __init__(self, shape: Shape | None = None) -> None:
        super().__init__()
        self.shape = shape = shape or Shape()
        widths = shape.widths
        self.stem = nn.Conv2d(3, widths[0], shape.stem, shape.stem)
        self.norm = nn.LayerNorm(widths[0], eps=_EPSILON)
        self.stages = nn.Sequential(
            *(
                Stage(before, width, depth, last=width == widths[-1])
                for before, width, depth in zip(
                    (None, *widths[:-1]), widths, shape.depths, strict=True
                )
            )
        )
        self.projector = Projector(shape)
        self.to(memory_format=torch.channels_last)

    @torch.no_grad()
    def blend(self, other: Eye, share: float) -> None:
        """Move all weights so far towards those of an eye of the same shape."""
        for own, its in zip(self.parameters(), other.parameters(), strict=True):
            own.lerp_(its, share)

    def tower(self, pixels: Tensor) -> Tensor:
        """(batch, 3, SIDE, SIDE) in [-1, 1] to (batch, TOKENS, width)."""
        seen: Tensor = self.stages(_by_channel(self.norm, self.stem(pixels)))
        return seen.permute(0, 2, 3, 1).flatten(1, 2)

    def forward(self, pixels: Tensor) -> Tensor:
        """(batch, TOKENS, output)."""
        said: Tensor = self.projector(self.tower(pixels))
        return said


def to_input(pixels: Tensor) -> Tensor:
    """uint8 (batch, SIDE, SIDE, 3) to what the tower takes."""
    assert pixels.shape[1:3] == (SIDE, SIDE)
    return pixels.permute(0, 3, 1, 2).float() / 127.5 - 1
