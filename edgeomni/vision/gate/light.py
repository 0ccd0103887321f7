"""Tells a scene that changed from light that did: pure.

Lamps on the mains flicker, over the whole picture or in bands that wander down it, and a camera's
automatic exposure makes everything brighter or darker. All of that multiplies rows of the picture
by one factor each, so this factor is found, and what it explains is no change. A cell whose value
lies anywhere between what it was and what the factor of its row or of the picture makes of it has
not changed either: those that are black or white follow it in part or not at all, and a row of them
hides its factor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.float32]
"""Rows x columns, in levels of 256."""

_BLACK = np.float32(16)
"""Added to every level: a factor says little of cells that are all but black."""
_WHITE = 250
"""Levels from which on a cell does not get darker with the light."""
_TELLING = 4
"""Cells of a row from which its factor can be told."""
_REFINE = 8
"""Pictures over which a scene is averaged."""
_BAND = 0.2
"""By how much, as a factor, a row may differ in light from the picture: bands of 10 % have that
between the brightest and the darkest."""


@dataclass(frozen=True, slots=True)
class Lit:
    """A picture beside the reference."""

    rest: Cells
    """The difference that light does not explain."""
    plain: Cells
    """The difference once the light is taken off, as it is."""
    gain: float
    """How much lighter the picture is, as the natural logarithm of a factor."""


class Reference:
    """The picture that others are compared with.

    Args:
        seen: which cells are looked at, rows x columns.
    """

    def __init__(self, cells: Cells, seen: NDArray[np.bool_]) -> None:
        self._set(cells)
        self._unseen = None if seen.all() else ~seen
        telling = seen & (cells < _WHITE)
        self._silent = None if telling.all() else ~telling
        counts = telling.sum(axis=1)
        self._rows = np.flatnonzero(counts >= _TELLING)
        self._middle = counts[self._rows] // 2
        self._taken = 0

    def light(self, cells: Cells) -> Lit:
        raw = cells - self.cells
        gains, gain = self._gains(raw)
        plain = raw - gains[:, None] * self._base
        even = raw - np.float32(gain) * self._base
        low, high = np.minimum(raw, plain), np.maximum(raw, plain)
        np.minimum(low, even, out=low)
        np.maximum(high, even, out=high)
        rest = np.maximum(low, 0, out=low)
        rest += np.minimum(high, 0, out=high)
        if self._unseen is not None:
            rest[self._unseen] = 0
        return Lit(rest, plain, float(np.log1p(gain)))

    def refine(self, lit: Lit, limit: Cells) -> None:
        """Take the noise off: the mean over some pictures of the same scene.

        Cells that changed by half of ``limit`` are left as they are: something comes slowly.
        """
        if self._taken < _REFINE:
            self._taken += 1
            same = np.abs(lit.rest) < limit * np.float32(0.5)
            share = np.float32(1 / (self._taken + 1))
            self._set(np.where(same, self.cells + lit.plain * share, self.cells))

    def _set(self, cells: Cells) -> None:
        self.cells = cells
        self._base = cells + _BLACK
        self._inverse: Cells = np.float32(1) / np.maximum(self._base, np.float32(1))

    def _gains(self, raw: Cells) -> tuple[NDArray[np.float32], float]:
        """Of every row, and of the picture: medians, which an object does not move."""
        ratio = raw * self._inverse
        if self._silent is not None:
            ratio[self._silent] = np.inf
        ratio.sort(axis=1)
        middles = ratio[self._rows, self._middle]
        gain = float(np.sort(middles)[len(middles) // 2]) if len(middles) else 0.0
        gains = np.full(len(raw), gain, np.float32)
        gains[self._rows] = np.clip(middles, gain - _BAND, gain + _BAND)
        return gains, gain
