"""What a picture may ask for, in pixels, memory and work; judged before it is decoded."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from edgeomni.errors import MediaError
from edgeomni.vision.size import Size
from edgeomni.vision.source import refusal

if TYPE_CHECKING:
    from PIL import Image as pil


@dataclass(frozen=True, slots=True)
class ImageLimits:
    file_bytes: int = 32 << 20
    pixels: int = 64_000_000
    memory: int = 240_000_000
    """Bytes for the file, the decoded picture and what its decoder needs beside them."""
    ratio: int = 200
    """Longer side over shorter side: encoders round a thinner picture down to nothing."""
    side: int = 2
    """Pixels of the shorter side, at least."""
    reads: int = 1_000_000
    """Pieces in which a file is read: markers, chunks, runs."""


class TooManyReads(Exception):
    """A file of nothing but pieces would keep the decoder's loops busy for long."""


class CountedReads(BytesIO):
    def __init__(self, data: bytes, reads: int) -> None:
        super().__init__(data)
        self._left = reads

    def read(self, size: int | None = -1, /) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise TooManyReads
        return super().read(size)


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
_BESIDES = {"WEBP": 12, "AVIF": 10, "HEIF": 6, "GIF": 4}
"""Bytes a pixel that a decoder holds beside the finished picture, measured on large ones."""


def memory_needed(format: str, mode: str, pixels: int) -> int:
    """Bytes for the decoded picture and for what its decoder holds beside it."""
    each = _PIXEL_BYTES.get(mode, 2 if mode.startswith("I;16") else _USUAL_BYTES)
    return pixels * (each + _BESIDES.get(format, 0))


def check_memory(
    picture: pil.Image, full: Size, data: bytes, name: str, limits: ImageLimits
) -> None:
    """``full`` is the size before it was made smaller.

    Raises MediaError for what is within the limit of pixels and still too much.
    """
    needed = len(data) + memory_needed(
        picture.format or "", picture.mode, picture.width * picture.height
    )
    if needed > limits.memory:
        megabytes = f"{needed / 1e6:.0f} MB to decode; the limit is {limits.memory / 1e6:.0f} MB"
        happened = f"{name} has {full[0]}x{full[1]} pixels and needs {megabytes}."
        raise refusal(happened, "Make it smaller, or save it as JPEG.")


# ── work ─────────────────────────────────────────────────────────────────────────────────────────


def jpeg_share(size: Size, wanted: Size, gap: float) -> int:
    """1, 2, 4 or 8: how much smaller a JPEG is decoded, and still ``gap`` times what is wanted."""
    room = min(have / want for have, want in zip(size, wanted, strict=True))
    return next((share for share in (8, 4, 2) if share * gap <= room), 1)
