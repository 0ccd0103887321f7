"""First stage: the eye learns to say the codes of a scene, without the text model."""

from __future__ import annotations

import copy
import math
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nano import projector_file
from nano.codes import PROMPT
from nano.drawing import held_out_brush, training_brush
from nano.examples import (
    MIXTURE,
    PATCH_COLOURS,
    PATCH_NOUNS,
    Batch,
    collate,
    example,
    stream,
)
from nano.eye import Eye, to_input
from nano.muon import Muon
from nano.pace import Pace
from nano.scenes import SEEDS_PER_RUN, VALIDATION_SEED
from nano.slots import SLOTS


class PatchHeads(nn.Module):
    """What each patch shows: asked in training only, so that every patch teaches."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.sizes = (len(PATCH_NOUNS), len(PATCH_COLOURS), 3, 2)
        self.linear = nn.Linear(width, sum(self.sizes))
        self.weights = [torch.ones(size) for size in self.sizes]
        self.weights[0][0], self.weights[0][-1], self.weights[1][0] = 0.25, 0.05, 0.3
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


class CodeBook:
    """The codes, and how far what the eye says is from each."""

    def __init__(self, codes: Mapping[str, Tensor]) -> None:
        self.codes = dict(codes)
        rows = torch.cat([self.codes[slot.name] for slot in SLOTS] + [self.codes[PROMPT]])
        self.scale = rows.pow(2).sum(-1).mean()

    def logits(self, said: Tensor, sharpness: float = 14.0) -> list[Tensor]:
        """For each slot: minus the squared distance to each code, (batch, values)."""
        return [
            -sharpness * _squared_distance(said[:, k], self.codes[slot.name]) / self.scale
            for k, slot in enumerate(SLOTS)
        ]

    def loss(self, said: Tensor, truth: Tensor) -> Tensor:
        """Cross entropy over codes, and squared distance to the true ones."""
        total = said.new_zeros(())
        for k, (slot, logit) in enumerate(zip(SLOTS, self.logits(said), strict=True)):
            far = _far(said[:, k], self.codes[slot.name][truth[:, k]], self.scale)
            total = total + slot.weight * (F.cross_entropy(logit, truth[:, k]) + 0.3 * far)
        fixed = _far(said[:, len(SLOTS) :], self.codes[PROMPT], self.scale)
        return total / len(SLOTS) + 0.5 * fixed

    def read(self, said: Tensor) -> Tensor:
        """The nearest value of each slot, (batch, SLOTS)."""
        return torch.stack([logit.argmax(-1) for logit in self.logits(said)], 1)


def _squared_distance(points: Tensor, codes: Tensor) -> Tensor:
    cross = points @ codes.T
    return points.pow(2).sum(-1, keepdim=True) - 2 * cross + codes.pow(2).sum(-1)


def _far(said: Tensor, wanted: Tensor, scale: Tensor) -> Tensor:
    return (said - wanted).pow(2).sum(-1).mean() / scale


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

    def hand_over(self) -> None:
        """The twins' gradients become those of the parts."""
        for part, twin in zip(self._parts, self.twins, strict=True):
            for own, other in zip(part.parameters(), twin.parameters(), strict=True):
                if other.grad is not None:
                    own.grad, other.grad = other.grad.float(), None

    @torch.no_grad()
    def follow(self) -> None:
        for part, twin in zip(self._parts, self.twins, strict=True):
            for own, other in zip(part.parameters(), twin.parameters(), strict=True):
                other.copy_(own)


def optimisers(
    eye: Eye, others: Iterator[nn.Parameter], rate: float
) -> list[torch.optim.Optimizer]:
    """Muon for the matrices, AdamW for the rest. The ends of a picture are trained elsewhere."""
    named = [(n, p) for n, p in eye.named_parameters() if n not in ("begin", "end")]
    matrices = [p for n, p in named if p.ndim == 2 and n != "position"]
    rest = [p for n, p in named if p.ndim != 2 or n == "position"]
    rest += others
    adam = torch.optim.AdamW(rest, lr=rate / 12, betas=(0.9, 0.98), weight_decay=0.0)
    return [Muon(matrices, lr=rate), adam]


def advance(optimisers: list[torch.optim.Optimizer], factor: float) -> None:
    """One step with all gradients, at this fraction of the learning rates."""
    nn.utils.clip_grad_norm_(optimisers[1].param_groups[0]["params"], 1.0)
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = group.setdefault("first_lr", group["lr"]) * factor
        optimiser.step()
        optimiser.zero_grad()


def augmented(pixels: Tensor) -> Tensor:
    """Shifted by up to 3 pixels: cheap variety in what falls into which patch."""
    dx, dy = (int(v) for v in torch.randint(-3, 4, (2,)))
    return torch.roll(pixels, (dy, dx), (2, 3)) if dx or dy else pixels


class Score:
    """How often each slot is right, by kind of scene."""

    def __init__(self, folder: Path, count: int = 360) -> None:
        self._sets = {
            name: collate([example(brush, VALIDATION_SEED + i, MIXTURE) for i in range(count)])
            for name, brush in (
                ("known", training_brush(folder)),
                ("held-out", held_out_brush(folder)),
            )
        }

    @torch.no_grad()
    def __call__(self, eye: Eye, book: CodeBook) -> str:
        return "\n".join(
            f"  {name}: {self._line(eye, book, batch)}" for name, batch in self._sets.items()
        )

    def _line(self, eye: Eye, book: CodeBook, batch: Batch) -> str:
        with torch.autocast("cpu", torch.bfloat16):
            said = torch.cat([eye(to_input(part)) for part in batch.pixels.split(60)])
        right = book.read(said.float()) == batch.slots
        whole = right.all(1)
        names = [slot.name for slot in SLOTS]
        parts = []
        for kind in MIXTURE:
            rows = torch.tensor([facts.kind == kind for facts in batch.facts])
            what = {
                "count": ("count", "noun"),
                "two": ("noun", "noun2", "relation"),
            }.get(kind, ("noun",))
            each = " ".join(f"{n} {right[rows, names.index(n)].float().mean():.2f}" for n in what)
            parts.append(f"{kind} {whole[rows].float().mean():.2f} ({each})")
        colours = right[:, [names.index("colour"), names.index("background")]].float().mean(0)
        return f"{', '.join(parts)}; colour {colours[0]:.2f} background {colours[1]:.2f}"


def train(
    eye: Eye,
    book: CodeBook,
    *,
    folder: Path,
    pace: Pace,
    out: Path,
    seed: int,
    rate: float,
    batch: int = 32,
) -> Eye:
    """The averaged eye; ``out`` is written every few minutes."""
    torch.manual_seed(seed)
    heads, average, score = PatchHeads(eye.shape.width), Average(eye), Score(folder)
    optims = optimisers(eye, heads.parameters(), rate)
    quick = Quick(eye, heads)
    fast_eye, fast_heads = quick.twins
    recent: deque[float] = deque(maxlen=100)
    next_report = 0.0
    for step, examples in enumerate(stream(training_brush(folder), seed * SEEDS_PER_RUN, batch)):
        pace.rest()
        fraction = pace.fraction()
        if fraction >= next_report or fraction >= 1:
            mean = sum(recent) / max(1, len(recent))
            print(f"{fraction:.2f}: step {step}, {step * batch} pictures, loss {mean:.3f}")
            print(score(average.eye, book), flush=True)
            projector_file.write(out, average.eye, book.codes, small=False)
            next_report += 3 / pace.minutes
        if fraction >= 1:
            return average.eye
        pixels = augmented(to_input(examples.pixels))
        seen = fast_eye.tower(pixels.bfloat16())
        said = fast_eye.projector(seen).float()
        loss = book.loss(said, examples.slots)
        loss = loss + _patch_weight(fraction) * fast_heads.loss(seen, examples.patches)
        loss.backward()
        quick.hand_over()
        advance(optims, pace.rate(step))
        quick.follow()
        average.follow(eye, step)
        recent.append(loss.item())
    raise RuntimeError("the examples ended")


def _patch_weight(fraction: float) -> float:
    """Patches teach most at first."""
    return max(0.15, 0.6 * math.cos(math.pi / 2 * min(1.0, fraction)))
