"""What it would take to decode a picture, in memory and in work; judged by its header alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from PIL.BmpImagePlugin import BmpImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import TiffImageFile

from edgeomni.vision.heic import HeicPicture, Picture
from edgeomni.vision.limits import ImageLimits
from edgeomni.vision.size import Size
from edgeomni.vision.source import refusal

# ── memory ───────────────────────────────────────────────────────────────────────────────────────

_PIXEL_BYTES = {"1": 1, "L": 1, "P": 1}
_USUAL_BYTES = 4
_BESIDES = {"WEBP": 10, "AVIF": 9, "GIF": 1}
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


def check_memory(picture: Picture, full: Size, data: bytes, name: str, limits: ImageLimits) -> None:
    """``full`` is the size before it was made smaller.

    Raises MediaError for what is within the limit of pixels and still too much.
    """
    needed = len(data) + _decoding_bytes(picture, full, data)
    if needed > limits.memory:
        megabytes = f"{needed / 1e6:.0f} MB to decode; the limit is {limits.memory / 1e6:.0f} MB"
        happened = f"{name} has {full[0]}x{full[1]} pixels and needs {megabytes}."
        is_jpeg = isinstance(picture, JpegImageFile)
        instead = "save it without passes (not progressive)" if is_jpeg else "save it as JPEG"
        raise refusal(happened, f"Make it smaller, or {instead}.")


def _decoding_bytes(picture: Picture, full: Size, data: bytes) -> int:
    if isinstance(picture, HeicPicture):
        return picture.working_bytes()
    needed = memory_needed(picture.format or "", picture.mode, math.prod(picture.size))
    if isinstance(picture, JpegImageFile) and _passes(data) > 1:
        return needed + coefficient_bytes(full, [layer[1:3] for layer in picture.layer])
    if isinstance(picture, TiffImageFile):
        return needed + strip_bytes(full, picture.tag_v2)
    return needed


# ── work ─────────────────────────────────────────────────────────────────────────────────────────


def check_work(picture: Picture, data: bytes, name: str, limits: ImageLimits) -> None:
    """Raises MediaError for what would take long without being large."""
    pixels = math.prod(picture.size)
    if isinstance(picture, JpegImageFile) and pixels * _passes(data) > limits.scan_pixels:
        happened = f"{name} is drawn in {_passes(data)} passes, too many for its size."
        raise refusal(happened, "Open it in a viewer and save it anew.")
    slow = isinstance(picture, BmpImageFile) and picture.tile[0][0] == "bmp_rle"
    if slow and pixels > limits.slow_pixels:
        limit = f"{limits.slow_pixels / 1e6:.0f} megapixels"
        happened = f"{name} is a BMP with run lengths of more than {limit}."
        raise refusal(happened, "Save it as PNG.")


def _passes(data: bytes) -> int:
    """Scans of a JPEG; within compressed data, their marker cannot occur."""
    return data.count(b"\xff\xda")


def jpeg_share(size: Size, wanted: Size, gap: float) -> int:
    """1, 2, 4 or 8: how much smaller a JPEG is decoded, and still ``gap`` times what is wanted."""
    room = min(have / want for have, want in zip(size, wanted, strict=True))
    return next((share for share in (8, 4, 2) if share * gap <= room), 1)
