"""A stage without the text model: the eye learns what is in a scene, slot by slot.

What it will say for it comes later: ``saying`` finds the last layer that says a set of codes.
"""

from __future__ import annotations

import copy
import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nano import projector_file
from nano.codes import PROMPT, sentence
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
from nano.slots import PLACES, PROMPT_PLACES, SLOTS, TOKENS


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
    """The value of each slot, from what the last layer would speak from; in training only."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.linear = nn.ModuleList(nn.Linear(hidden, len(slot.values)) for slot in SLOTS)

    def forward(self, thoughts: Tensor) -> list[Tensor]:
        """(batch, SLOTS, hidden) to the logits of each slot's values."""
        return [linear(thoughts[:, k]).float() for k, linear in enumerate(self.linear)]


def slot_loss(logits: list[Tensor], truth: Tensor) -> Tensor:
    """``truth`` (batch, SLOTS)."""
    parts = [
        slot.weight * F.cross_entropy(logit, truth[:, k])
        for k, (slot, logit) in enumerate(zip(SLOTS, logits, strict=True))
    ]
    return torch.stack(parts).sum() / sum(slot.weight for slot in SLOTS)


class CodeBook:
    """The codes, and how far what the eye says is from each."""

    def __init__(self, codes: Mapping[str, Tensor]) -> None:
        self.codes = dict(codes)
        rows = torch.cat([self.codes[slot.name] for slot in SLOTS] + [self.codes[PROMPT]])
        self.scale = rows.pow(2).sum(-1).mean()

    def logits(self, said: Tensor, sharpness: float = 14.0) -> list[Tensor]:
        """For each slot: minus the squared distance to each code, (batch, values)."""
        return [
            -sharpness * _squared_distance(said[:, place], self.codes[slot.name]) / self.scale
            for place, slot in zip(PLACES, SLOTS, strict=True)
        ]

    def loss(self, said: Tensor, truth: Tensor) -> Tensor:
        """Cross entropy over codes, and squared distance to the true ones."""
        far = (said - sentence(self.codes, truth)).pow(2).mean((0, 2)) / (
            self.scale / said.shape[-1]
        )
        return (
            slot_loss(self.logits(said), truth)
            + 0.3 * far[list(PLACES)].mean()
            + 0.5 * far[list(PROMPT_PLACES)].mean()
        )

    def read(self, said: Tensor) -> Tensor:
        """The nearest value of each slot, (batch, SLOTS)."""
        return torch.stack([logit.argmax(-1) for logit in self.logits(said)], 1)


def _squared_distance(points: Tensor, codes: Tensor) -> Tensor:
    cross = points @ codes.T
    return points.pow(2).sum(-1, keepdim=True) - 2 * cross + codes.pow(2).sum(-1)


class Average:
    """A moving average of the weights: better than any single step's."""

    def __init__(self, eye: Eye, *others: nn.Module, keep: float = 0.995) -> None:
        self._sources = (eye, *others)
        self._means = [copy.deepcopy(part).eval() for part in self._sources]
        self._keep = keep

    @property
    def eye(self) -> Eye:
        eye = self._means[0]
        assert isinstance(eye, Eye)
        return eye

    def read(self, eye: Eye, pixels: Tensor) -> Tensor:
        """With the averaged heads; see ``Reading``."""
        logits = self._means[1](eye.projector.thoughts(eye.tower(pixels), PLACES))
        return torch.stack([logit.argmax(-1) for logit in logits], 1)

    @torch.no_grad()
    def follow(self, step: int) -> None:
        keep = min(self._keep, (step + 1) / (step + 20))
        for source, mean in zip(self._sources, self._means, strict=True):
            for old, now in zip(mean.parameters(), source.parameters(), strict=True):
                old.lerp_(now, 1 - keep)


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
    eye: Eye, others: Iterable[nn.Parameter], rate: float
) -> list[torch.optim.Optimizer]:
    """Muon for the matrices, AdamW for the rest."""
    named = [(name, p) for name, p in eye.named_parameters() if p.requires_grad]
    matrices = [p for name, p in named if p.ndim == 2 and not name.endswith("position")]
    rest = [p for name, p in named if p.ndim != 2 or name.endswith("position")]
    adam = torch.optim.AdamW([*rest, *others], lr=rate / 12, betas=(0.9, 0.98), weight_decay=0.0)
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
    """Shifted by up to 3 pixels, cheap variety in what falls into which cell; in bfloat16."""
    dx, dy = (int(v) for v in torch.randint(-3, 4, (2,)))
    shifted = torch.roll(pixels, (dy, dx), (2, 3)) if dx or dy else pixels
    return shifted.bfloat16().contiguous(memory_format=torch.channels_last)


Reading = Callable[[Eye, Tensor], Tensor]
"""The value of each slot, (batch, SLOTS), of pixels as the tower takes them."""


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
    def __call__(self, eye: Eye, reading: Reading) -> str:
        return "\n".join(
            f"  {name}: {self._line(eye, reading, batch)}" for name, batch in self._sets.items()
        )

    def _line(self, eye: Eye, reading: Reading, batch: Batch) -> str:
        with torch.autocast("cpu", torch.bfloat16):
            read = torch.cat([reading(eye, to_input(part)) for part in batch.pixels.split(60)])
        right = read == batch.slots
        whole = right[:, :_ESSENTIAL].all(1)
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


_ESSENTIAL = 8
"""Slots that say all; those behind them say it again."""


def train(
    eye: Eye,
    codes: Mapping[str, Tensor],
    *,
    folder: Path,
    pace: Pace,
    out: Path,
    seed: int,
    rate: float,
    batch: int = 64,
) -> Eye:
    """The averaged eye; ``out`` is written every few minutes."""
    torch.manual_seed(seed)
    patches, heads = PatchHeads(eye.shape.widths[-1]), SlotHeads(eye.shape.hidden)
    average, score = Average(eye, heads), Score(folder)
    optims = optimisers(eye, [*patches.parameters(), *heads.parameters()], rate)
    quick = Quick(eye, patches, heads)
    fast_eye, fast_patches, fast_heads = quick.twins
    recent: deque[float] = deque(maxlen=100)
    next_report = 0.0
    for step, examples in enumerate(stream(training_brush(folder), seed * SEEDS_PER_RUN, batch)):
        pace.rest()
        fraction = pace.fraction()
        if fraction >= next_report or fraction >= 1:
            mean = sum(recent) / max(1, len(recent))
            print(f"{fraction:.2f}: step {step}, {step * batch} pictures, loss {mean:.3f}")
            print(score(average.eye, average.read), flush=True)
            projector_file.write(out, average.eye, codes, small=False)
            next_report += 4 / pace.minutes
        if fraction >= 1:
            break
        seen = fast_eye.tower(augmented(to_input(examples.pixels)))
        loss = slot_loss(fast_heads(fast_eye.projector.thoughts(seen, PLACES)), examples.slots)
        loss = loss + _patch_weight(fraction) * fast_patches.loss(seen, examples.patches)
        loss.backward()
        quick.hand_over()
        advance(optims, pace.rate(step))
        quick.follow()
        average.follow(step)
        recent.append(loss.item())
    average.eye.projector.down = saying(average.eye, codes, folder, seed)
    projector_file.write(out, average.eye, codes, small=False)
    return average.eye


def _patch_weight(fraction: float) -> float:
    """Patches teach most at first."""
    return max(0.1, 0.4 * math.cos(math.pi / 2 * min(1.0, 1.5 * fraction)))


@torch.no_grad()
def saying(
    eye: Eye, codes: Mapping[str, Tensor], folder: Path, seed: int, batches: int = 40
) -> nn.Linear:
    """The last layer that says the codes best, by ridge regression over pictures of training."""
    size = eye.shape.hidden + 1
    gram = torch.zeros(size, size, dtype=torch.float64)
    wanted = torch.zeros(size, eye.shape.output, dtype=torch.float64)
    examples = stream(training_brush(folder), (seed + 1) * SEEDS_PER_RUN - 10_000, 64)
    weight = torch.ones(TOKENS)
    weight[list(PLACES)] = 4
    for _, batch in zip(range(batches), examples, strict=False):
        thoughts = eye.projector.thoughts(eye.tower(to_input(batch.pixels)))
        rows = F.pad(thoughts, (0, 1), value=1.0).flatten(0, 1)
        weighted = (rows * weight.repeat(len(batch.pixels))[:, None]).T
        gram += (weighted @ rows).double()
        wanted += (weighted @ sentence(codes, batch.slots).flatten(0, 1)).double()
    gram += 1e-4 * gram.diagonal().mean() * torch.eye(size, dtype=torch.float64)
    solved = torch.linalg.solve(gram, wanted).T.float()
    layer = nn.Linear(eye.shape.hidden, eye.shape.output)
    layer.weight.data, layer.bias.data = solved[:, :-1].contiguous(), solved[:, -1].contiguous()
    return layer
