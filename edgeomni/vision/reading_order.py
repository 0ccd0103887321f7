"""In which order the lines of a page are read: pure geometry.

Recursive XY-cut (Nagy and Seth, 1984): a region is divided at a gutter between columns, else at
its widest gap between lines, until one line is left.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

MAX_LINES = 2000
"""Beyond, the order in which the page was written has to do."""
_GUTTER = 0.8
"""Median heights of a line that a gap between columns has at least."""
_COLUMN = 2
"""Lines that a column has at least: a label beside its value is no column."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and its box, in points; y grows upwards, as PDF has it."""

    text: str
    left: float
    bottom: float
    right: float
    top: float


def turned(line: Line, degrees: int) -> Line:
    """As it lies on a page that is shown turned clockwise by 0, 90, 180 or 270 degrees."""
    left, bottom, right, top = line.left, line.bottom, line.right, line.top
    match degrees:
        case 90:
            return Line(line.text, bottom, -right, top, -left)
        case 180:
            return Line(line.text, -right, -top, -left, -bottom)
        case 270:
            return Line(line.text, -top, left, -bottom, right)
    return line


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """Columns from the left, lines from the top."""
    if not 1 < len(lines) <= MAX_LINES:
        return list(lines)
    height = statistics.median(line.top - line.bottom for line in lines)
    ordered: list[Line] = []
    waiting = [list(lines)]
    while waiting:
        region = waiting.pop()
        if parts := _divided(region, max(height, 1.0)):
            waiting += reversed(parts)
        else:
            ordered += sorted(region, key=lambda line: (-line.top, line.left))
    return ordered


def _divided(region: list[Line], height: float) -> list[list[Line]]:
    """Two parts in the order in which they are read; none when it cannot be divided."""
    if len(region) < 2:
        return []
    gutter, x = _widest_gap([(line.left, line.right) for line in region])
    if gutter >= _GUTTER * height:
        left = [line for line in region if line.right <= x]
        right = [line for line in region if line.right > x]
        if min(len(left), len(right)) >= _COLUMN:
            return [left, right]
    gap, y = _widest_gap([(line.bottom, line.top) for line in region])
    if gap <= 0:
        return []
    upper = [line for line in region if line.bottom >= y]
    return [upper, [line for line in region if line.bottom < y]]


def _widest_gap(spans: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The widest stretch that no span covers, and its middle; 0 and 0 when there is none."""
    widest, middle = 0.0, 0.0
    ordered = sorted(spans)
    reached = ordered[0][1]
    for start, end in ordered:
        if start - reached > widest:
            widest, middle = start - reached, (start + reached) / 2
        reached = max(reached, end)
    return widest, middle
