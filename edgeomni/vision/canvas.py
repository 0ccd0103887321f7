"""The canvas on which a projector sees a picture, and the way back from it: pure arithmetic.

A model counts pixels, or thousandths, of what its encoder was given: the picture resized to whole
patches. llama.cpp keeps the shape of a picture then, puts it into the middle and leaves bars
beside it, where the models' own preprocessors stretch it. On a square canvas (Gemma 3) the bars
are large, and a box would be far off without knowing of them.

The rule of dynamic sizes is ``smart_resize`` of transformers' image_processing_qwen2_vl.py, in
llama.cpp ``calc_size_preserved_ratio``; bars: ``img_tool::resize`` with ``PAD_CEIL``; bounds:
``set_limit_image_tokens``, all in tools/mtmd, as of llama-cpp-python 0.3.36.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Size = tuple[int, int]
"""Width and height, pixels."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """How a projector brings a picture onto its canvas."""

    align: int
    """Pixels of a side that make one token; both sides of the canvas are multiples of it."""
    least: int = 0
    """Tokens that the canvas has at least."""
    most: int = 0
    """Tokens that it has at most; 0 is a square canvas of one token."""
    bars: bool = True
    """Keep the shape and leave bars; False stretches the picture over the whole canvas."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture on its canvas."""

    size: Size
    left: int
    """Pixels of the canvas left of the picture."""
    top: int
    shown: Size
    """What the picture itself takes up of the canvas."""

    def place(self, x: float, y: float) -> tuple[float, float]:
        """From a point, as shares of the canvas, to shares of the picture; out of it beyond 0..1.

        A point in the middle of the canvas is (0.5, 0.5).
        """
        return (
            (x * self.size[0] - self.left) / self.shown[0],
            (y * self.size[1] - self.top) / self.shown[1],
        )


_TOKENS = {
    "qwen2vl_merger": (2, 8, 4096),
    "qwen2.5vl_merger": (2, 8, 4096),
    "qwen2.5o": (2, 8, 4096),
    "qwen3vl_merger": (2, 8, 4096),
    "glm4v": (2, 8, 4096),
    "gemma4v": (3, 70, 1120),
    "gemma4uv": (3, 70, 1120),
}
"""By projector type: patches of a side that make one token, tokens at least and at most."""
_SQUARE = ("gemma3", "gemma3nv")
_MERGES = ("clip.vision.spatial_merge_size", "clip.vision.projector.scale_factor")


def fitting_of(
    kind: str, header: Mapping[str, Any], fewest: int = 0, most: int = 0
) -> Fitting | None:
    """What llama.cpp does with a projector of that type; None where it cuts pictures up.

    ``fewest`` and ``most`` are the tokens of a picture as the engine was told; 0 leaves them.
    """
    if kind in _SQUARE and _number(header, "clip.vision.image_size"):
        return Fitting(_number(header, "clip.vision.image_size"))
    patch = _number(header, "clip.vision.patch_size")
    if kind not in _TOKENS or not patch:
        return None
    usual, least, limit = _TOKENS[kind]
    merge = next(filter(None, (_number(header, key) for key in _MERGES)), usual)
    return Fitting(patch * merge, fewest or least, most or limit)


def _number(header: Mapping[str, Any], key: str) -> int:
    value = header.get(key)
    return value if isinstance(value, int) and 0 < value < 1 << 16 else 0


def plain(width: int, height: int) -> Canvas:
    """The picture itself, for models that are told shares of it."""
    return Canvas((width, height), 0, 0, (width, height))


def laid_out(width: int, height: int, fitting: Fitting) -> Canvas:
    """Where a picture of that size comes to lie."""
    size = canvas_size(width, height, fitting)
    if not fitting.bars or size == (width, height):
        return Canvas(size, 0, 0, size)
    scale = min(size[0] / width, size[1] / height)
    shown = min(_ceil(width * scale), size[0]), min(_ceil(height * scale), size[1])
    return Canvas(size, (size[0] - shown[0]) // 2, (size[1] - shown[1]) // 2, shown)


def canvas_size(width: int, height: int, fitting: Fitting) -> Size:
    """Multiples of ``align`` near the picture's own size, within the bounds on tokens."""
    align = fitting.align
    if not fitting.most:
        return align, align
    across = max(align, _round(width / align) * align)
    down = max(align, _round(height / align) * align)
    least, most = fitting.least * align * align, fitting.most * align * align
    if across * down > most:
        shrink = math.sqrt(width * height / most)
        across = max(align, math.floor(width / shrink / align) * align)
        down = max(align, math.floor(height / shrink / align) * align)
    elif across * down < least:
        grow = math.sqrt(least / (width * height))
        across = math.ceil(width * grow / align) * align
        down = math.ceil(height * grow / align) * align
    return across, down


def _round(value: float) -> int:
    """Halves away from zero, as C does; Python rounds them to even."""
    return math.floor(value + 0.5)


def _ceil(value: float) -> int:
    """Not up to the next whole number because of a rounding error."""
    return math.ceil(value - 1e-4)
