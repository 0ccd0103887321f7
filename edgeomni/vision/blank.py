"""Whether a picture shows nothing but paper: pure.

A model that is asked what an empty page says invents something. Ink is looked for in the means of
small cells, in which the noise of a scanner is gone, against the paper around them, which may be
darker towards the edges. In doubt a page is not blank.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_CELL = 4
"""Pixels: about the width of a stroke at 150 pixels an inch."""
_AREA = 8
"""Cells on each side of what has one colour of paper."""
_INK = 12
"""Levels, of 256, by which a cell differs that has ink: noise of 8 levels moves it by 2."""
_SHADE = 48
"""Levels by which paper may differ from one place to another."""
_TOGETHER = 5
"""Cells of ink near each other that are more than a speck of dust."""
_SMALLEST = 4 * _CELL * _AREA
"""Pixels of a side: of less nothing can be said."""


def is_blank(rgb: bytes, width: int, height: int) -> bool:
    """Whether nothing is printed, drawn or shown there."""
    if min(width, height) < _SMALLEST:
        return False
    pixels = np.frombuffer(rgb, np.uint8).reshape(height, width, 3)
    return not any(_has_ink(pixels[:, :, channel]) for channel in range(3))


def _has_ink(plane: NDArray[np.uint8]) -> bool:
    cells = _means(plane)
    rows, columns = cells.shape[0] // _AREA, cells.shape[1] // _AREA
    areas = cells.reshape(rows, _AREA, columns, _AREA)
    paper = np.median(areas, axis=(1, 3), keepdims=True)
    if paper.max() - paper.min() > _SHADE:
        return True
    ink = (np.abs(areas - paper) > _INK).reshape(cells.shape)
    return bool((ink & (_neighbours(ink) >= _TOGETHER)).any()) or _is_stroke(ink)


def _is_stroke(ink: NDArray[np.bool_]) -> bool:
    """Three cells one after the other, straight or bent: a thin figure of 12 pixels.

    A speck is not that long.
    """
    return _runs(ink) or _runs(ink.T)


def _runs(ink: NDArray[np.bool_]) -> bool:
    """Downwards: a cell with one above it and one below it, each a column aside at most."""
    around = np.pad(ink, ((0, 0), (1, 1)))
    near = around[:, :-2] | around[:, 1:-1] | around[:, 2:]
    return bool((near[:-2] & ink[1:-1] & near[2:]).any())


def _means(plane: NDArray[np.uint8]) -> NDArray[Any]:
    """Of every cell; the last row and column of pixels go on until the areas are full."""
    whole = _CELL * _AREA
    beyond = [(0, -side % whole) for side in plane.shape]
    padded = np.pad(plane, beyond, mode="edge")
    height, width = padded.shape
    shape = height // _CELL, _CELL, width // _CELL, _CELL
    means: NDArray[Any] = padded.reshape(shape).mean(axis=(1, 3), dtype=np.float32)
    return means


def _neighbours(ink: NDArray[np.bool_]) -> NDArray[Any]:
    """How many cells of ink there are in the five by five around each, itself among them."""
    around = np.pad(ink.astype(np.uint8), 2)
    windows = np.lib.stride_tricks.sliding_window_view(around, (5, 5))
    counted: NDArray[Any] = windows.sum(axis=(2, 3), dtype=np.uint8)
    return counted
