"""A frame becomes a small grid of luma, cheap enough to be made of every frame of a camera.

Each cell is the mean of a square of the picture, over all pixels of every few of its rows: sensor
noise goes down with the root of their number, which a picture of single pixels does not do. Eight
bytes are added at once, as four sums of 16 bits in one word: adding them one by one takes numpy
five times as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

_ACROSS = 64
"""Cells of the longer side: an object of 1.5 % of the picture then has 35 of them."""
_ROWS = 5
"""Rows of pixels that are read of each row of cells, at most."""
_BYTES = 200_000
"""To be read of a frame, as far as a row of each cell allows: adding them takes some 0.1 ms."""
_EVEN, _ODD = 0x00FF00FF00FF00FF, 0xFF00FF00FF00FF00
"""The bytes of a word that a sum of 16 bits may take in as they lie, or eight bits further on."""


@dataclass(frozen=True, slots=True)
class _Luma:
    """Where brightness lies in the bytes of the first plane."""

    bytes: int
    """Of one pixel."""
    counted: int
    """Of these, how many are added."""
    lower: int = _EVEN
    upper: int = _ODD


_PLANE = _Luma(1, 1)
_RGB = _Luma(3, 3)
_LAYOUTS = {
    **dict.fromkeys(("gray", "yuv420p", "yuvj420p", "yuv422p", "yuvj422p"), _PLANE),
    **dict.fromkeys(("yuv444p", "yuvj444p", "yuv411p", "yuv440p", "nv12", "nv21"), _PLANE),
    **dict.fromkeys(("yuyv422", "yvyu422"), _Luma(2, 1, upper=0)),
    "uyvy422": _Luma(2, 1, lower=0),
    **dict.fromkeys(("rgb24", "bgr24"), _RGB),
    **dict.fromkeys(("rgba", "bgra", "rgb0", "bgr0"), _Luma(4, 3, upper=0x0000FF000000FF00)),
    **dict.fromkeys(("argb", "abgr", "0rgb", "0bgr"), _Luma(4, 3, lower=0x00FF000000FF0000)),
}
"""The mean of red, green and blue stands for luma: what is asked is whether it changed."""


def grid(frame: VideoFrame) -> NDArray[np.uint8]:
    """Luma of ``frame`` in square cells, rows x columns, the longer side some 64 of them.

    The shape follows from the size of the frame alone; what is left over of it at the right and at
    the bottom, less than a cell, is not looked at. Any pixel format will do; those that cameras
    give are read as they lie. Raises ValueError when the frame has no pixels.
    """
    if frame.width < 1 or frame.height < 1:
        raise ValueError(f"a frame of {frame.width}x{frame.height} shows nothing")
    side = _side(frame.width, frame.height)
    luma = _LAYOUTS.get(frame.format.name)
    if luma is None or min(frame.width, frame.height) < side:
        return _scaled(frame, side)
    plane = frame.planes[0]
    if plane.line_size <= 0:  # upside down
        return _scaled(frame, side)
    lines = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: frame.height]
    return _means(lines, frame.width // side, side, luma)


def _side(width: int, height: int) -> int:
    """Pixels of a cell, even."""
    return 2 * max(1, round(max(width, height) / _ACROSS / 2))


def _means(lines: NDArray[np.uint8], columns: int, side: int, luma: _Luma) -> NDArray[np.uint8]:
    """``lines`` holds rows x bytes, with whatever pads a row."""
    rows, used = len(lines) // side, columns * side * luma.bytes
    read = min(_ROWS, _BYTES // (rows * used))
    step = max(1, side // max(1, read))
    chosen = lines[: rows * side].reshape(rows, side, -1)[:, ::step]
    sums = _pairs(chosen, used, luma).sum(axis=1).view(np.uint16)[:, : used // 2]
    fields = sums.reshape(rows, columns, -1)
    total = fields[..., 0].astype(np.uint32)
    for number in range(1, fields.shape[2]):
        total += fields[..., number]
    count = chosen.shape[1] * side * luma.counted
    means: NDArray[np.uint8] = ((total + count // 2) // count).astype(np.uint8)
    return means


def _pairs(chosen: NDArray[np.uint8], used: int, luma: _Luma) -> NDArray[Any]:
    """Words of sums of 16 bits, each of two neighbouring bytes as far as they are luma."""
    whole = -(-used // 8) * 8
    kind: np.dtype[Any] = np.dtype(np.uint64)
    if whole > chosen.shape[2]:
        whole, kind = used, np.dtype(np.uint16)
    words = chosen[..., :whole].view(kind)
    low, high = (kind.type(mask & np.iinfo(kind).max) for mask in (luma.lower, luma.upper))
    if not high:
        even: NDArray[Any] = words & low
        return even
    odd: NDArray[Any] = words & high
    odd >>= kind.type(8)
    if low:
        odd += words & low
    return odd


def _scaled(frame: VideoFrame, side: int) -> NDArray[np.uint8]:
    """By FFmpeg, for formats that are rare and for pictures that are narrower than a cell."""
    width, height = max(1, frame.width // side), max(1, frame.height // side)
    small = frame.reformat(width, height, "gray", interpolation=Interpolation.AREA, threads=1)
    return small.to_ndarray().astype(np.uint8, copy=False)
