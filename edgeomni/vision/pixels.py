"""From a decoded picture of any kind to upright 8-bit sRGB of the wanted size.

A large picture is never held twice: it is taken down band by band, each made plain and averaged
over whole blocks of pixels, and the little that is left is resized once with a proper filter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from itertools import chain

from PIL import Image as pil
from PIL import ImageCms

from edgeomni.vision.heic import Picture
from edgeomni.vision.size import Size

GAP = 2.0
"""How many times larger than wanted a picture stays until the last resize: at 2, blocks cannot be
told from the filter alone."""
_BAND = 1 << 20
"""Pixels that are made plain at once."""
_PROFILE_BYTES = 4 << 20
"""Those of printing presses have some 2 MiB."""
_WHITES = {"I": (255.0, 65535.0), "F": (1.0, 255.0)}
"""Of integers and of floating point: pictures of 8 or 16 bits, or of shares, in larger numbers."""
_DIMMEST = 1 / 16
"""Share of white that the brightest pixel has in a dark picture."""
_ORIENTATION = 0x0112
_TURNS = {
    2: pil.Transpose.FLIP_LEFT_RIGHT,
    3: pil.Transpose.ROTATE_180,
    4: pil.Transpose.FLIP_TOP_BOTTOM,
    5: pil.Transpose.TRANSPOSE,
    6: pil.Transpose.ROTATE_270,
    7: pil.Transpose.TRANSVERSE,
    8: pil.Transpose.ROTATE_90,
}

Plain = Callable[[pil.Image], pil.Image]


def upright_rgb(source: Picture, wanted: Size, mishaps: tuple[type[Exception], ...]) -> pil.Image:
    """``source``, already loaded, with alpha laid on white and of the wanted size.

    The size is that before it is turned. ``mishaps`` are what damaged metadata may raise: they then
    turn nothing and colour nothing.
    """
    turn, profile = None, source.info.get("icc_profile")
    with suppress(*mishaps):
        turn = _TURNS.get(source.getexif().get(_ORIENTATION, 1))
    picture = _resized(source, wanted)
    if profile and len(profile) <= _PROFILE_BYTES:
        with suppress(ImageCms.PyCMSError, *mishaps):
            picture = _to_srgb(picture, profile)
    if picture.mode != "RGB":
        picture = picture.convert("RGB")
    return picture.transpose(turn) if turn is not None else picture


# ── the size ─────────────────────────────────────────────────────────────────────────────────────


def _resized(picture: Picture, wanted: Size) -> pil.Image:
    """Plain and antialiased, as if resized in one go with the last filter."""
    plain, size = _plainly(picture), picture.size
    if wanted == size:
        return plain(picture if isinstance(picture, pil.Image) else picture.crop((0, 0, *size)))
    across, down = (max(1, int(have / want / GAP)) for have, want in zip(size, wanted, strict=True))
    bands = (_narrowed(plain(band), wanted[0], across, down) for band in _bands(picture, down))
    tall = _stacked(bands, math.ceil(picture.height / down))
    box = (0, 0, tall.width, picture.height / down)
    return tall.resize(wanted, pil.Resampling.LANCZOS, box)


def _bands(picture: Picture, down: int) -> Iterator[pil.Image]:
    """From the top; their heights, but for the last, are multiples of ``down``."""
    width, height = picture.size
    rows = down * max(1, _BAND // (width * down))
    for top in range(0, height, rows):
        yield picture.crop((0, top, width, min(top + rows, height)))


def _narrowed(band: pil.Image, width: int, across: int, down: int) -> pil.Image:
    """Averaged over blocks, then resized in width: the filter's two passes do not mind a pause."""
    box = (0, 0, band.width / across, math.ceil(band.height / down))
    blocks = band if across == down == 1 else band.reduce((across, down))
    return blocks.resize((width, blocks.height), pil.Resampling.LANCZOS, box)


def _stacked(bands: Iterator[pil.Image], height: int) -> pil.Image:
    first = next(bands)
    tall = pil.new(first.mode, (first.width, height))
    top = 0
    for band in chain((first,), bands):
        tall.paste(band, (0, top))
        top += band.height
    return tall


# ── the kinds of pixel ───────────────────────────────────────────────────────────────────────────


def _plainly(picture: Picture) -> Plain:
    """How to make any part of this picture L, RGB or CMYK: 8 bits a channel, no alpha."""
    if isinstance(picture, pil.Image) and picture.mode[0] in "IF":
        return _eight_bits(picture)
    if picture.has_transparency_data:
        return _on_white
    if picture.mode in ("L", "RGB", "CMYK"):
        return lambda part: part
    grey = picture.mode == "1"
    return lambda part: part.convert("L" if grey else "RGB")


def _on_white(part: pil.Image) -> pil.Image:
    part = part if part.mode in ("LA", "RGBA") else part.convert("RGBA")
    opaque = part.mode[:-1]
    flat = pil.new(opaque, part.size, "white")
    flat.paste(part.convert(opaque), mask=part.getchannel("A"))
    return flat


def _eight_bits(picture: pil.Image) -> Plain:
    """Grey of 16 or 32 bits, or floating point: Pillow's own conversion would clip it."""
    low, high = 0.0, 65535.0
    if not picture.mode.startswith("I;16"):
        low, high = _range(picture)
    scale = 255 / (high - low) if high > low else 0.0

    def plain(part: pil.Image) -> pil.Image:
        shift = 0.5 - low * scale
        return part.convert("F").point(lambda value: value * scale + shift).convert("L")

    return plain


def _range(picture: pil.Image) -> tuple[float, float]:
    """The values of black and white. Raises ValueError."""
    low, high = (float(value) for value in picture.getextrema())  # type: ignore[arg-type]
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("not all pixels are numbers")
    return (0.0, _white(high, picture.mode)) if low >= 0 else (low, high)


def _white(highest: float, mode: str) -> float:
    """What white is, where the format does not say: the least usual one that no pixel is beyond.

    Where the brightest pixel is far below it, as in labels from 0 to 5, depths in metres or 12 bits
    in 32, or beyond all, it is white itself. Shares from 0 to 1 are taken as they are.
    """
    white = next((white for white in _WHITES[mode] if highest <= white), math.inf)
    return white if white == 1 or highest >= white * _DIMMEST else highest


def _to_srgb(picture: pil.Image, profile: bytes) -> pil.Image:
    """Through the embedded colour profile. Raises when it cannot be used."""
    embedded = ImageCms.ImageCmsProfile(BytesIO(profile))
    srgb = ImageCms.createProfile("sRGB")
    return ImageCms.profileToProfile(picture, embedded, srgb, outputMode="RGB") or picture
