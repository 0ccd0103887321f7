"""Counts cells that changed together: pure. Noise changes cells that have no neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

AREA, EDGE = 5, 3
"""Of nine cells, from which on the middle one belongs to something wide, or to something long."""


def together(mask: NDArray[np.bool_], least: float, company: int = AREA) -> int:
    """How many cells of ``mask`` are in it with others, ``company`` of nine counting themselves.

    0 where even all of its cells are fewer than ``least``: counting those costs nothing.
    """
    if np.count_nonzero(mask) < least:
        return 0
    near = _sum_of_three(_sum_of_three(mask.view(np.uint8)).T).T
    return int(np.count_nonzero((near >= company) & mask))


def spread(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The largest of the nine around each cell."""
    down = values.copy()
    np.maximum(down[1:], values[:-1], out=down[1:])
    np.maximum(down[:-1], values[1:], out=down[:-1])
    across = down.copy()
    np.maximum(across[:, 1:], down[:, :-1], out=across[:, 1:])
    np.maximum(across[:, :-1], down[:, 1:], out=across[:, :-1])
    return across


def sharpness(grid: NDArray[np.uint8]) -> float:
    """Mean step from one cell to the next, in levels: less of it in what motion has blurred."""
    levels = grid.astype(np.int16)
    steps = [np.abs(np.diff(levels, axis=axis)) for axis in (0, 1)]
    return sum(float(step.mean()) for step in steps if step.size)


def everywhere(mask: NDArray[np.bool_], share: float) -> bool:
    """Whether each quarter of the picture has at least this share of its cells in ``mask``."""
    rows, columns = (max(1, size // 2) for size in mask.shape)
    quarters = (mask[:rows, :columns], mask[:rows, -columns:], mask[-rows:, :columns])
    return all(
        np.count_nonzero(quarter) >= share * quarter.size
        for quarter in (*quarters, mask[-rows:, -columns:])
    )


def _sum_of_three(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    summed = values.copy()
    summed[1:] += values[:-1]
    summed[:-1] += values[1:]
    return summed
