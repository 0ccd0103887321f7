"""What a picture may ask for, and how long a file is read for it."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from edgeomni.errors import MediaError
from edgeomni.vision.source import refusal

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
