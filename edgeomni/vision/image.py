"""Decode one still picture, behind limits: upright, sRGB, 8 bits, alpha on white.

Everything that a hostile file could ask for is checked against the header before a pixel is
decoded; a decoder that crashes all the same takes only the eyes worker with it.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image as pil
from PIL import PngImagePlugin, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile

from edgeomni.errors import MediaError
from edgeomni.values import Image
from edgeomni.vision import cost
from edgeomni.vision.heic import HeicPicture, Picture
from edgeomni.vision.limits import (
    CountedReads,
    ImageLimits,
    TooManyReads,
    check_size,
    too_many_pixels,
)
from edgeomni.vision.pixels import GAP, upright_rgb
from edgeomni.vision.signature import HEAD, SPELLED, other_kind, picture_kind, webp_size
from edgeomni.vision.size import Size, Wanted, as_it_is, turned_as
from edgeomni.vision.source import open_regular, refusal

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
# All that Pillow's decoders were seen to raise on damaged files, and the kin of these.
_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    zlib.error,
)
_OPENING_PIXELS = 1 << 31
# Programs that paint write whole workflows into their pictures; Pillow would call these damaged.
PngImagePlugin.MAX_TEXT_CHUNK = 4 << 20


def decode(
    source: Path | bytes, limits: ImageLimits, name: str = "", wanted: Wanted = as_it_is
) -> Image:
    """The first frame of a picture. Raises MediaError, which calls it by ``name``.

    ``wanted`` is told the size that the picture has, and says which it is to have; it must not
    care which side is which, for the picture may yet be turned.
    """
    name = name or (source.name if isinstance(source, Path) else "The picture")
    data = source if isinstance(source, bytes) else _read(source, limits)
    try:
        with _quiet(), _open(data, name, limits) as picture:
            full = picture.size
            size = wanted(full)
            _make_small(picture, size)
            cost.check_memory(picture, full, data, name, limits)
            loaded = _load(picture, name, limits)
            # A TIFF is turned while it is loaded, all others afterwards.
            seen = upright_rgb(loaded, turned_as(size, loaded.size), _DAMAGED)
    except TooManyReads as error:
        happened = f"{name} is cut into more pieces than any honest picture."
        raise refusal(happened, "Open it in a viewer and save it as PNG.") from error
    except _DAMAGED as error:
        raise refusal(
            f"{name} is damaged or cut short and cannot be decoded.",
            "Copy or download it again, or open it in a viewer and save it as PNG.",
        ) from error
    except MemoryError as error:
        raise refusal(
            f"{name} needs more memory than a picture may have.", "Make it smaller."
        ) from error
    return Image(seen.tobytes(), seen.width, seen.height, name)


def _read(path: Path, limits: ImageLimits) -> bytes:
    with open_regular(path, limits.file_bytes) as file:
        return file.read(limits.file_bytes)


@contextmanager
def _quiet() -> Iterator[None]:
    """Pillow warns about odd metadata; only its warning of a bomb is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", pil.DecompressionBombWarning)
        yield


# ── the header ───────────────────────────────────────────────────────────────────────────────────


def _open(data: bytes, name: str, limits: ImageLimits) -> Picture:
    """Reads the header alone."""
    kind = picture_kind(data[:HEAD])
    if not kind:
        raise _no_picture(data[:HEAD], name)
    if size := webp_size(data[:HEAD]):
        check_size(*size, name, limits)
    file = CountedReads(data, limits)
    picture = HeicPicture(file, name) if kind == "HEIF" else _open_as(kind, file, name, limits)
    check_size(*picture.size, name, limits)
    cost.check_work(picture, data, name, limits)
    return picture


def _open_as(kind: str, file: BytesIO, name: str, limits: ImageLimits) -> pil.Image:
    try:
        with _pixel_limit(_OPENING_PIXELS):
            return pil.open(file, formats=(kind,))
    except UnidentifiedImageError as error:
        raise ValueError("begins as a picture and does not go on as one") from error
    except (pil.DecompressionBombError, pil.DecompressionBombWarning) as error:
        raise too_many_pixels(f"{name} has more than 2 billion pixels", limits) from error


def _no_picture(head: bytes, name: str) -> MediaError:
    what = other_kind(head)
    happened = f"{name} is {what}, not a picture that can be read."
    if not what:
        happened = f"{name} is not a picture of a kind that can be read."
    flags = {"a video": "-v", "a sound": "-a", "a video or a sound": "-v, a sound with -a"}
    shown = f"Show it with {flags[what]}; " if what in flags else ""
    return refusal(happened, f"{shown}{'s' if shown else 'S'}ave a picture as {SPELLED}.")


@contextmanager
def _pixel_limit(pixels: int) -> Iterator[None]:
    """Pillow's own limit, a module variable: wide while our check has yet to name the size."""
    before = pil.MAX_IMAGE_PIXELS
    pil.MAX_IMAGE_PIXELS = pixels
    try:
        yield
    finally:
        pil.MAX_IMAGE_PIXELS = before


# ── the pixels ───────────────────────────────────────────────────────────────────────────────────


def _make_small(picture: Picture, wanted: Size) -> None:
    """A JPEG can be decoded at a half, a quarter or an eighth, in as much less time and memory."""
    if isinstance(picture, JpegImageFile) and wanted != picture.size:
        share = cost.jpeg_share(picture.size, wanted, GAP)
        picture.draft(None, (picture.width // share, picture.height // share))


def _load(picture: Picture, name: str, limits: ImageLimits) -> Picture:
    try:
        with _pixel_limit(limits.pixels):
            picture.load()
    except (pil.DecompressionBombError, pil.DecompressionBombWarning) as error:
        raise too_many_pixels(f"{name} grows while it is decoded", limits) from error
    return picture
