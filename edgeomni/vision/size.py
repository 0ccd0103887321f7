"""How large a picture is to be: pure arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable

from edgeomni.values import Fit

Size = tuple[int, int]
"""Width and height, pixels."""
Wanted = Callable[[Size], Size]
"""From the size that a picture has to the one that it is to have."""


def as_it_is(size: Size) -> Size:
    return size


def turned_as(size: Size, other: Size) -> Size:
    """``size``, standing or lying as ``other`` does."""
    return size if (size[0] < size[1]) == (other[0] < other[1]) else (size[1], size[0])


def fitted(size: Size, fit: Fit | None) -> Size:
    """The largest size of the same shape within all bounds of ``fit``; never larger than it was."""
    width, height = size
    share = 1.0
    if fit and fit.side:
        share = min(share, fit.side / max(size))
    if fit and fit.pixels:
        share = min(share, math.sqrt(fit.pixels / (width * height)))
    if share == 1.0:
        return size
    return _scaled(width, share), _scaled(height, share)


def _scaled(length: int, share: float) -> int:
    """Rounded down, lest a bound be crossed, but not for the sake of a floating-point error."""
    return max(1, math.floor(length * share + 1e-6))
