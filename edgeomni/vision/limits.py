"""What a picture may ask for, in pixels, memory and work; judged before it is decoded."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from edgeomni.errors import MediaError
from edgeomni.vision.size import Size
from edgeomni.vision.source import refusal

if TYPE_CHECKING:
    from PIL import Image as pil


_HEADER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ImageLimits:
    file_bytes: int = 32 << 20
    pixels: int = 64_000_000
    memory: int = 230_000_000
    """Bytes for the file, the decoded picture and what its decoder needs beside them: with what the
    worker holds anyway, 300 MB at the peak for a picture that is made small."""
    ratio: int = 200
    """Longer side over shorter side: encoders round a thinner picture down to nothing."""
    side: int = 2
    """Pixels of the shorter side, at least."""
    reads: int = 1_000_000
    """Pieces in which a file is read: markers, chunks, runs."""
    scan_pixels: int = 2_000_000_000
    """Pixels times passes over them, in a progressive JPEG."""
    slow_pixels: int = 8_000_000
    """Of what is decoded pixel by pixel in Python: BMP with run lengths."""
    again: int = 2
    """How many times over a file may be read: once, and its header again."""


class TooManyReads(Exception):
    """A file of nothing but pieces would keep the decoder's loops busy for long."""


class CountedReads(BytesIO):
    """A file in memory that is not read for ever. Raises TooManyReads."""

    def __init__(self, data: bytes, limits: ImageLimits) -> None:
        super().__init__(data)
        self._reads = limits.reads
        self._bytes = len(data) * limits.again + _HEADER_BYTES

    def read(self, size: int | None = -1, /) -> bytes:
        got = super().read(size)
        self._reads -= 1
        self._bytes -= len(got)
        if self._reads < 0 or self._bytes < 0:
            raise TooManyReads
        return got


# ── size ─────────────────────────────────────────────────────────────────────────────────────────


def check_size(width: int, height: int, name: str, limits: ImageLimits) -> None:
    """Raises MediaError."""
    if width * height > limits.pixels:
        raise too_many_pixels(f"{name} has {width}x{height} pixels", limits)
    short, long = sorted((width, height))
    if short < limits.side:
        happened = f"{name} has only {width}x{height} pixels."
        raise refusal(happened, "Choose a picture that shows something.")
    if long > limits.ratio * short:
        happened = f"{name} has {width}x{height} pixels: one side is over {limits.ratio} times"
        raise refusal(f"{happened} the other.", "Cut out the part that matters.")


def too_many_pixels(happened: str, limits: ImageLimits) -> MediaError:
    limit = f"{limits.pixels / 1e6:.0f} megapixels"
    return refusal(f"{happened}; the limit is {limit}.", "Make it smaller and try again.")


# ── memory ───────────────────────────────────────────────────────────────────────────────────────

_PIXEL_BYTES = {"1": 1, "L": 1, "P": 1}
_USUAL_BYTES = 4
_BESIDES = {"WEBP": 10, "AVIF": 9, "HEIF": 3, "GIF": 1}
"""Bytes a pixel that a decoder holds beside the finished picture, measured on large ones."""
_COEFFICIENT_BYTES = 2
_ROWS_PER_STRIP, _TILE_WIDTH, _TILE_LENGTH = 278, 322, 323
_ORIENTATION, _SAMPLES, _BITS = 0x0112, 277, 258


def memory_needed(format: str, mode: str, pixels: int) -> int:
    """Bytes for the decoded picture and for what every decoder of its format holds beside it."""
    each = _PIXEL_BYTES.get(mode, 2 if mode.startswith("I;16") else _USUAL_BYTES)
    return pixels * (each + _BESIDES.get(format, 0))


def coefficient_bytes(size: Size, sampling: Sequence[Size]) -> int:
    """What a JPEG in several passes keeps until the last: all of its coefficients.

    ``sampling`` are the horizontal and vertical factors of its components.
    """
    full = max(across for across, _ in sampling) * max(down for _, down in sampling)
    share = sum(across * down for across, down in sampling) / max(full, 1)
    return int(size[0] * size[1] * share * _COEFFICIENT_BYTES)


def strip_bytes(size: Size, tags: Mapping[int, Any]) -> int:
    """The largest piece of a TIFF, decoded; as much again as the picture where it is turned."""
    width = tags.get(_TILE_WIDTH) or size[0]
    rows = tags.get(_TILE_LENGTH) or min(tags.get(_ROWS_PER_STRIP, size[1]), size[1])
    pixel = tags.get(_SAMPLES, 1) * max(tags.get(_BITS, (1,))) / 8
    turned = size[0] * size[1] * _USUAL_BYTES if tags.get(_ORIENTATION, 1) != 1 else 0
    return int(width * rows * pixel) + turned


def check_memory(
    picture: pil.Image, full: Size, data: bytes, name: str, limits: ImageLimits
) -> None:
    """``full`` is the size before it was made smaller.

    Raises MediaError for what is within the limit of pixels and still too much.
    """
    needed = len(data) + memory_needed(_format(picture), picture.mode, math.prod(picture.size))
    if _format(picture) == "JPEG" and _passes(data) > 1:
        needed += coefficient_bytes(full, [layer[1:3] for layer in picture.layer])  # type: ignore[attr-defined]
    if _format(picture) == "TIFF":
        needed += strip_bytes(full, picture.tag_v2)  # type: ignore[attr-defined]
    if needed > limits.memory:
        megabytes = f"{needed / 1e6:.0f} MB to decode; the limit is {limits.memory / 1e6:.0f} MB"
        happened = f"{name} has {full[0]}x{full[1]} pixels and needs {megabytes}."
        raise refusal(happened, "Make it smaller, or save it as JPEG.")


# ── work ─────────────────────────────────────────────────────────────────────────────────────────


def check_work(picture: pil.Image, data: bytes, name: str, limits: ImageLimits) -> None:
    """Raises MediaError for what would take long without being large."""
    pixels = math.prod(picture.size)
    if _format(picture) == "JPEG" and pixels * _passes(data) > limits.scan_pixels:
        happened = f"{name} is drawn in {_passes(data)} passes, too many for its size."
        raise refusal(happened, "Open it in a viewer and save it anew.")
    slow = any(tile[0] == "bmp_rle" for tile in picture.tile)  # type: ignore[attr-defined]
    if slow and pixels > limits.slow_pixels:
        limit = f"{limits.slow_pixels / 1e6:.0f} megapixels"
        happened = f"{name} is a BMP with run lengths of more than {limit}."
        raise refusal(happened, "Save it as PNG.")


def _format(picture: pil.Image) -> str:
    """Photos with a second picture behind the first call themselves MPO."""
    return "JPEG" if picture.format == "MPO" else picture.format or ""


def _passes(data: bytes) -> int:
    """Scans of a JPEG; within compressed data, their marker cannot occur."""
    return data.count(b"\xff\xda")


def jpeg_share(size: Size, wanted: Size, gap: float) -> int:
    """1, 2, 4 or 8: how much smaller a JPEG is decoded, and still ``gap`` times what is wanted."""
    room = min(have / want for have, want in zip(size, wanted, strict=True))
    return next((share for share in (8, 4, 2) if share * gap <= room), 1)
