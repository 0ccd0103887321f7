"""Learns how much each cell changes without anything happening: pure.

A plant in the wind goes to and fro. A cell is restless by the way that its value goes there and
back again, in levels a second; the way that leads somewhere, as when an object comes, is no unrest.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from edgeomni.vision.gate.cells import spread

_TICK = 0.25
"""Seconds over which a cell is averaged: of sensor noise little is left, of a plant nearly all."""
_LEARN, _FORGET = 8.0, 12.0
"""Seconds in which unrest is learned and forgotten."""
_SECONDS = 3.0
"""Of unrest, what a change must exceed: twice a second there and back is known within 2 s, every
other second within 8; what comes once and goes again stays below its own size."""
_EXPLAINED = 10.0
"""Seconds in which one change of a cell at most is explained by a look at it."""
_NOISE_SECONDS = 3.0
_SIGMAS = 4.0
"""Cells beyond it by chance have no neighbours that are."""
_MEDIAN_OF_DIFFERENCE = 0.954
"""Of the absolute difference of two normal values, in standard deviations of one."""
_LIT, _DIMMEST = 90.0, 0.5
"""Mean level of a picture below which all contrasts in it are smaller, and by how much at most."""
_QUIET = 3.0
"""Medians of a step, within which it is sensor noise: two standard deviations."""

Cells = NDArray[np.float32]


class Unrest:
    """What a change of each cell must exceed, in levels.

    Args:
        least: levels that it must exceed in good light.
    """

    def __init__(self, shape: tuple[int, int], seen: NDArray[np.bool_], least: float) -> None:
        self._least = least
        self._seen = seen if not seen.all() else None
        self._began: float | None = None
        self._sum: Cells = np.zeros(shape, np.float32)
        self._count = 0
        self._level: Cells | None = None
        self._way: Cells = np.zeros(shape, np.float32)
        self._net: Cells = np.zeros(shape, np.float32)
        self._unrest: Cells = np.zeros(shape, np.float32)
        self._explained = np.full(shape, -np.inf)
        self._sigma = 0.0
        self.limit: Cells = np.full(shape, least, np.float32)

    def learn(self, at: float, level: Cells, step: Cells) -> None:
        """``level``: the cells with the light taken off; ``step``: what the last frame changed."""
        if self._began is None or at < self._began:
            self._began = at
        self._sum += level
        self._count += 1
        passed = at - self._began
        if passed < _TICK:
            return
        mean = self._sum / np.float32(self._count)
        self._learn_noise(step, passed)
        if self._level is not None:
            self._learn_way(mean - self._level, passed)
        self._begin(at, mean)
        light = min(1.0, max(_DIMMEST, float(mean.mean()) / _LIT))
        floor = max(self._least * light, _SIGMAS * self._sigma)
        self.limit = np.float32(floor) + np.float32(_SECONDS) * spread(self._unrest)

    def explain(self, at: float, change: Cells) -> None:
        """A change that was looked at is no unrest, though it may go back; not again and again."""
        explained = (np.abs(change) > self.limit) & (at - self._explained > _EXPLAINED)
        self._explained[explained] = at
        share = np.where(explained, change, 0) / np.float32(_LEARN)
        self._way -= np.abs(share)
        self._net -= share

    def pause(self, at: float) -> None:
        """All of the picture moves: that is no unrest of its cells."""
        self._begin(at, None)

    def _begin(self, at: float, level: Cells | None) -> None:
        self._level, self._began, self._count = level, at, 0
        self._sum = np.zeros_like(self._sum)

    def _learn_noise(self, step: Cells, passed: float) -> None:
        steps = np.abs(step if self._seen is None else step[self._seen]).ravel()
        if steps.size:
            middle = float(np.partition(steps, steps.size // 2)[steps.size // 2])
            sigma = middle / _MEDIAN_OF_DIFFERENCE
            share = -math.expm1(-passed / _NOISE_SECONDS) if self._sigma else 1.0
            self._sigma += share * (sigma - self._sigma)

    def _learn_way(self, step: Cells, passed: float) -> None:
        size = np.abs(step)
        quiet = _QUIET * float(np.partition(size.ravel(), size.size // 2)[size.size // 2])
        size = np.maximum(size - np.float32(quiet), 0)
        kept = np.float32(math.exp(-passed / _LEARN))
        gain = np.float32(-math.expm1(-passed / _LEARN) / passed)
        self._way *= kept
        self._way += gain * size
        self._net *= kept
        self._net += gain * np.copysign(size, step)
        unrest = self._way - np.abs(self._net)
        faded = np.float32(math.exp(-passed / _FORGET)) * self._unrest
        self._unrest = np.maximum(unrest, faded)
