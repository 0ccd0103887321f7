"""Endless training examples: pictures with what each slot and each patch should say."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from nano import slots
from nano.drawing import Brush, Pixels, fitted
from nano.scenes import Facts, Scene, sample
from nano.slots import GRID
from nano.vocabulary import COLOURS, NOUNS, UNCLEAR

PATCH_NOUNS = ("", *NOUNS, UNCLEAR)
"""What a patch can be part of."""
PATCH_COLOURS = ("", *COLOURS)
_SCALES = (1.0, 1.4)
"""At which scenes are drawn: some of them larger than what the eye sees, as real pictures are."""
PATCH_LABELS = ("noun", "colour", "role", "centre")
"""Role: 0 none, 1 the first of two things, 2 the second. Centre: 1 where a thing has its middle."""
MIXTURE = {
    "shape": 0.1,
    "sprite": 0.32,
    "count": 0.25,
    "two": 0.27,
    "unclear": 0.04,
    "empty": 0.02,
}


@dataclass(frozen=True, slots=True)
class Example:
    pixels: Pixels
    """uint8 (SIDE, SIDE, 3)."""
    facts: Facts
    patches: NDArray[np.int64]
    """(PATCH_LABELS, GRID, GRID)."""


@dataclass(frozen=True, slots=True)
class Batch:
    pixels: Tensor
    slots: Tensor
    """(batch, SLOTS)."""
    patches: Tensor
    facts: tuple[Facts, ...]

    def on(self, device: torch.device) -> Batch:
        return replace(
            self,
            pixels=self.pixels.to(device),
            slots=self.slots.to(device),
            patches=self.patches.to(device),
        )


def example(brush: Brush, seed: int, mixture: Mapping[str, float]) -> Example:
    rng = random.Random(seed)
    scene = sample(rng, mixture)
    pixels = fitted(brush.draw(scene, rng, rng.choice(_SCALES)))
    return Example(pixels, scene.facts, patch_labels(scene))


def patch_labels(scene: Scene) -> NDArray[np.int64]:
    labels = np.zeros((len(PATCH_LABELS), GRID, GRID), np.int64)
    across, down = GRID / scene.width, GRID / scene.height
    for order, thing in enumerate(scene.things, 1):
        x, y = thing.x * across, thing.y * down
        columns, rows = _cells(x, thing.side * across), _cells(y, thing.side * down)
        labels[0, rows, columns] = PATCH_NOUNS.index(thing.noun)
        labels[1, rows, columns] = PATCH_COLOURS.index(thing.colour or "")
        labels[2, rows, columns] = order if scene.facts.noun2 else 0
        if thing.noun != UNCLEAR:
            labels[3, _cell(y), _cell(x)] = 1
    return labels


def _cells(middle: float, side: float) -> slice:
    """The cells whose middles a thing covers, all in cells; at least that with its own middle."""
    first, last = round(middle - side / 2), round(middle + side / 2)
    first, last = min(first, _cell(middle)), max(last, _cell(middle) + 1)
    return slice(max(0, first), min(GRID, last))


def _cell(place: float) -> int:
    return max(0, min(GRID - 1, int(place)))


def collate(examples: list[Example]) -> Batch:
    return Batch(
        torch.from_numpy(np.stack([each.pixels for each in examples])),
        torch.tensor([slots.indices(each.facts) for each in examples]),
        torch.from_numpy(np.stack([each.patches for each in examples])),
        tuple(each.facts for each in examples),
    )


class _Stream(IterableDataset[Batch]):
    def __init__(self, brush: Brush, first_seed: int, batch: int) -> None:
        self._brush, self._seed, self._batch = brush, first_seed, batch

    def __iter__(self) -> Iterator[Batch]:
        """Several workers take turns, so that the order does not depend on their number."""
        info = get_worker_info()
        turn, workers = (info.id, info.num_workers) if info else (0, 1)
        with torch.device("cpu"):  # a forked process must not touch the GPU of its parent
            for number in count(turn, workers):
                first = self._seed + number * self._batch
                seeds = range(first, first + self._batch)
                yield collate([example(self._brush, seed, MIXTURE) for seed in seeds])


def stream(brush: Brush, first_seed: int, batch: int) -> Iterator[Batch]:
    """Batches without end on the default device, drawn ahead in processes of their own."""
    device = torch.get_default_device()
    # A CPU that trains draws faster than it learns with one; a GPU wants all that there are.
    workers = 1 if device.type == "cpu" else max(1, (os.cpu_count() or 2) - 1)
    drawn = DataLoader(
        _Stream(brush, first_seed, batch), batch_size=None, num_workers=workers, prefetch_factor=4
    )
    return (each.on(device) for each in drawn)
