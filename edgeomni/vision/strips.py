"""Cut a very long picture, a scrolled screenshot mostly, into parts that overlap: pure.

An encoder that is given the whole would shrink its letters to nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from edgeomni.values import Fit
from edgeomni.vision.size import Size, fitted

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, pixels; right and bottom are outside."""
Span = tuple[int, int]

LONG = 2.5
"""Longer side over shorter side beyond which a picture is cut."""
_PART = 1.5
"""The same of a part."""
_OVERLAP = 0.12
"""Of the shorter side, shown by both neighbours: several lines of text."""
MAX_PARTS = 24


def part_count(size: Size) -> int:
    """1 when the picture is not long."""
    short, long = sorted(size)
    if long <= LONG * short:
        return 1
    return min(MAX_PARTS, math.ceil((long / short - _OVERLAP) / (_PART - _OVERLAP)))


def whole_size(size: Size, fit: Fit | None) -> Size:
    """How large the whole is to be, so that each of its parts is within ``fit``."""
    count = part_count(size)
    if count == 1 or fit is None:
        return fitted(size, fit)
    short, long = sorted(size)
    part = long / count + _OVERLAP * short
    wanted = fitted((short, math.ceil(part)), fit)
    return fitted(size, Fit(side=max(1, math.floor(long * wanted[0] / short))))


def boxes(size: Size, quiet: Sequence[int] = ()) -> list[Box]:
    """The parts in order, from the top or from the left; one when the picture is not long.

    ``quiet`` has a number for each row or column along the longer side, 0 where nothing changes
    across it: cuts are moved to quiet places near by.
    """
    width, height = size
    return [
        (0, start, width, end) if height >= width else (start, 0, end, height)
        for start, end in _spans(size, quiet)
    ]


def _spans(size: Size, quiet: Sequence[int]) -> list[Span]:
    short, long = sorted(size)
    count = part_count(size)
    half = max(1, round(_OVERLAP * short / 2))
    ends = [
        (_quietest(quiet, cut - half, half), _quietest(quiet, cut + half, half))
        for cut in (long * number // count for number in range(1, count))
    ]
    starts = [0, *(start for start, _ in ends)]
    return list(zip(starts, [*(end for _, end in ends), long], strict=True))


def _quietest(quiet: Sequence[int], place: int, reach: int) -> int:
    """The quietest place within half of ``reach``, of equals the nearest."""
    near = range(place - reach // 2, place + reach // 2 + 1)
    if not quiet:
        return place
    return min(near, key=lambda at: (quiet[at], abs(at - place)))
