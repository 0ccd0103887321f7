"""Decode one still picture, behind limits: upright, sRGB, 8 bits, alpha on white.

Everything that a hostile file could ask for is checked against the header before a pixel is
decoded; a decoder that crashes all the same takes only the eyes worker with it.
"""

from __future__ import annotations

import math
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image as pil
from PIL import ImageCms, ImageOps, UnidentifiedImageError

from edgeomni.errors import MediaError
from edgeomni.values import Image
from edgeomni.vision.source import open_regular, refusal

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_SPELLED = "PNG, JPEG, WebP, GIF, BMP or TIFF"
_BEGINNINGS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*")
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
    struct.error,
    zlib.error,
)
_OPENING_PIXELS = 1 << 31
_WHITE = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class ImageLimits:
    file_bytes: int = 32 << 20
    pixels: int = 64_000_000
    ratio: int = 200
    """Longer side over shorter side: encoders round a thinner picture down to nothing."""
    side: int = 2
    """Pixels of the shorter side, at least."""


def decode(source: Path | bytes, limits: ImageLimits, name: str = "") -> Image:
    """The first frame of a picture. Raises MediaError, which calls it by ``name``."""
    name = name or (source.name if isinstance(source, Path) else "The picture")
    data = source if isinstance(source, bytes) else _read(source, limits)
    try:
        with _quiet():
            picture = _open(data, name, limits)
            with picture:
                picture = _to_rgb(_upright(_load(picture, name, limits)))
    except _DAMAGED as error:
        raise refusal(
            f"{name} is damaged or cut short and cannot be decoded.",
            "Copy or download it again, or open it in a viewer and save it as PNG.",
        ) from error
    except MemoryError as error:
        raise refusal(
            f"{name} needs more memory than a picture may have.", "Make it smaller."
        ) from error
    return Image(picture.tobytes(), picture.width, picture.height, name)


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


def _open(data: bytes, name: str, limits: ImageLimits) -> pil.Image:
    """Reads the header alone."""
    if size := webp_size(data[:30]):
        _check_size(*size, name, limits)
    try:
        with _pixel_limit(_OPENING_PIXELS):
            picture = pil.open(BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        if data.startswith(_BEGINNINGS):
            raise  # one of ours, damaged early
        happened = f"{name} is not a picture of a kind that can be read."
        raise refusal(happened, f"Save it as {_SPELLED}.") from error
    except (pil.DecompressionBombError, pil.DecompressionBombWarning) as error:
        raise _too_many_pixels(f"{name} has more than 2 billion pixels", limits) from error
    _check_size(*picture.size, name, limits)
    return picture


def webp_size(head: bytes) -> tuple[int, int] | None:
    """Width and height from a WebP header; Pillow allocates the canvas before it can be asked."""
    if len(head) < 30 or head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return None
    match head[12:16]:
        case b"VP8X":
            width, height = head[24:27], head[27:30]
            return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
        case b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", head, 26)
            return width & 0x3FFF, height & 0x3FFF
    return None


def _check_size(width: int, height: int, name: str, limits: ImageLimits) -> None:
    if width * height > limits.pixels:
        raise _too_many_pixels(f"{name} has {width}x{height} pixels", limits)
    short, long = sorted((width, height))
    if short < limits.side:
        happened = f"{name} has only {width}x{height} pixels."
        raise refusal(happened, "Choose a picture that shows something.")
    if long > limits.ratio * short:
        happened = f"{name} has {width}x{height} pixels: one side is over {limits.ratio} times"
        raise refusal(f"{happened} the other.", "Cut out the part that matters.")


def _too_many_pixels(happened: str, limits: ImageLimits) -> MediaError:
    limit = f"{limits.pixels / 1e6:.0f} megapixels"
    return refusal(f"{happened}; the limit is {limit}.", "Make it smaller and try again.")


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


def _load(picture: pil.Image, name: str, limits: ImageLimits) -> pil.Image:
    try:
        with _pixel_limit(limits.pixels):
            picture.load()
    except (pil.DecompressionBombError, pil.DecompressionBombWarning) as error:
        raise _too_many_pixels(f"{name} grows while it is decoded", limits) from error
    return picture


def _upright(picture: pil.Image) -> pil.Image:
    """Turned as its EXIF data say; damaged EXIF data turn nothing."""
    with suppress(*_DAMAGED):
        ImageOps.exif_transpose(picture, in_place=True)
    return picture


def _to_rgb(picture: pil.Image) -> pil.Image:
    profile = picture.info.get("icc_profile")
    picture = _to_srgb(_to_plain_mode(picture), profile)
    if picture.mode != "RGBA":
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    flat = pil.new("RGB", picture.size, _WHITE)
    flat.paste(picture, mask=picture.getchannel("A"))
    return flat


def _to_plain_mode(picture: pil.Image) -> pil.Image:
    """One of L, RGB, RGBA, CMYK; 8 bits a channel."""
    if picture.mode[0] in "IF":
        return _to_eight_bits(picture)
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture if picture.mode in ("L", "RGB", "CMYK") else picture.convert("RGB")


def _to_eight_bits(picture: pil.Image) -> pil.Image:
    """Grey of 16 or 32 bits, or floating point: Pillow's own conversion would clip it."""
    grey = picture.convert("F")
    low, high = (float(value) for value in grey.getextrema())  # type: ignore[arg-type]
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("not all pixels are numbers")
    if picture.mode.startswith("I;16") or (picture.mode == "I" and low >= 0 and high < 1 << 16):
        low, high = 0.0, 65535.0
    elif picture.mode == "F" and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    scale = 255 / (high - low) if high > low else 0.0
    return grey.point(lambda value: value * scale - low * scale + 0.5).convert("L")


def _to_srgb(picture: pil.Image, profile: bytes | None) -> pil.Image:
    """Through the embedded colour profile; one that cannot be used is left aside."""
    if not profile:
        return picture
    with suppress(ImageCms.PyCMSError, *_DAMAGED):
        embedded = ImageCms.ImageCmsProfile(BytesIO(profile))
        wanted = "RGBA" if picture.mode == "RGBA" else "RGB"
        srgb = ImageCms.createProfile("sRGB")
        turned = ImageCms.profileToProfile(picture, embedded, srgb, outputMode=wanted)
        return turned or picture
    return picture
