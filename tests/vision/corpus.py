"""Corpus I: three thousand picture files, sound, damaged and hostile, made from a seed.

Nothing of it is stored. A case that once showed a mistake is found again by its number.
"""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image as pil
from PIL import ImageCms

from tests.vision import bombs
from tests.vision.media import encoded

CASES = 3000
LIGHT = CASES - len(bombs.ALL)
"""Cases that are made in no time; those behind them are large."""
_TURNS = {
    1: None,
    2: pil.Transpose.FLIP_LEFT_RIGHT,
    3: pil.Transpose.ROTATE_180,
    4: pil.Transpose.FLIP_TOP_BOTTOM,
    5: pil.Transpose.TRANSPOSE,
    6: pil.Transpose.ROTATE_90,
    7: pil.Transpose.TRANSVERSE,
    8: pil.Transpose.ROTATE_270,
}
"""How a camera stores an upright scene under each orientation."""
_LOSSY = 12.0
"""Mean error of a channel that a codec may make at the qualities used here."""


@dataclass(frozen=True)
class Case:
    number: int
    name: str
    data: bytes
    truth: pil.Image | None = None
    """What must be seen, in RGB; when it differs in size, enlarged to it block by block."""
    tolerance: float = 0.0
    """Mean error of a channel; 0 wants every pixel."""
    refused: bool = False
    """Must be refused; without ``truth`` too, it may be either."""


def case(number: int) -> Case:
    """The same for the same number, on every machine with the same encoders."""
    chance = random.Random(f"corpus I, {number}")
    if number >= LIGHT:
        return _bomb(number, bombs.ALL[number - LIGHT])
    return chance.choices(_FAMILIES, _WEIGHTS)[0](number, chance)


def all_cases() -> Iterator[Case]:
    return map(case, range(CASES))


# ── sound pictures ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Form:
    """One way to store a picture."""

    format: str
    mode: str
    tolerance: float = 0.0
    options: tuple[tuple[str, Any], ...] = ()
    turns: bool = True
    """Whether it can carry an orientation."""


def _form(format: str, mode: str, tolerance: float = 0.0, /, **options: Any) -> _Form:
    return _Form(format, mode, tolerance, tuple(options.items()), format not in ("GIF", "BMP"))


_FORMS = (
    *(_form("PNG", mode) for mode in ("RGB", "RGBA", "L", "LA", "P", "1", "I;16")),
    *(_form("BMP", mode) for mode in ("RGB", "L", "P", "1")),
    _form("GIF", "P"),
    _form("JPEG", "RGB", _LOSSY, quality=92),
    _form("JPEG", "RGB", _LOSSY, quality=92, progressive=True, subsampling=0),
    _form("JPEG", "L", _LOSSY, quality=92),
    _form("JPEG", "CMYK", _LOSSY, quality=95),
    _form("WEBP", "RGB", _LOSSY, quality=90),
    _form("WEBP", "RGBA", lossless=True, exact=True),
    *(_form("TIFF", mode, compression=how) for how in ("raw", "tiff_lzw", "packbits",
      "tiff_adobe_deflate") for mode in ("RGB", "L", "CMYK", "P", "RGBA")),
    _form("TIFF", "I;16"),
    _form("TIFF", "1", compression="group4"),
    _form("AVIF", "RGB", _LOSSY, quality=90, speed=10),
)  # fmt: skip


def _sound(number: int, chance: random.Random) -> Case:
    form = chance.choice(_FORMS)
    stored, truth = _painted(form.mode, chance)
    options = dict(form.options)
    if form.turns and chance.random() < 0.4:
        orientation = chance.randint(1, 8)
        stored = _as_held(stored, orientation)
        options["exif"] = _exif(orientation)
    if chance.random() < 0.2 and form.mode == "RGB" and form.format != "BMP":
        options["icc_profile"] = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        form = _Form(form.format, form.mode, max(form.tolerance, 1.0))
    if chance.random() < 0.2 and form.format in ("GIF", "WEBP", "PNG", "TIFF"):
        later = [stored.transpose(pil.Transpose.ROTATE_180) for _ in range(chance.randint(1, 5))]
        options |= {"save_all": True, "append_images": later}
    data = encoded(stored, form.format, **options)
    return Case(number, _named(form.format, chance), data, truth, form.tolerance)


def _painted(mode: str, chance: random.Random) -> tuple[pil.Image, pil.Image]:
    """A picture of large blocks in some mode, and what is to be seen of it."""
    blocks = chance.randint(2, 7), chance.randint(2, 7)
    small = pil.frombytes("RGB", blocks, chance.randbytes(3 * blocks[0] * blocks[1]))
    size = blocks[0] * chance.randint(8, 40), blocks[1] * chance.randint(8, 40)
    scene = small.resize(size, pil.Resampling.NEAREST)
    if mode == "I;16":
        values = [chance.randrange(256) for _ in range(blocks[0] * blocks[1])]
        deep = pil.frombytes(
            "I;16", blocks, struct.pack(f"<{len(values)}H", *(257 * v for v in values))
        )
        seen = pil.frombytes("L", blocks, bytes(values))
        return (part.resize(size, pil.Resampling.NEAREST) for part in (deep, seen.convert("RGB")))  # type: ignore[return-value]
    if mode in ("RGBA", "LA"):
        stored = scene.convert(mode)
        stored.putalpha(pil.linear_gradient("L").resize(size).point(lambda a: 255 * (a > 127)))
        white = pil.new("RGBA", size, "white")
        return stored, pil.alpha_composite(white, stored.convert("RGBA")).convert("RGB")
    stored = scene.quantize(64) if mode == "P" else scene.convert(mode)
    return stored, stored.convert("RGB")


def _as_held(picture: pil.Image, orientation: int) -> pil.Image:
    turn = _TURNS[orientation]
    return picture if turn is None else picture.transpose(turn)


def _exif(orientation: int) -> bytes:
    exif = pil.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def _named(format: str, chance: random.Random) -> str:
    """By its own ending, or in one of four cases by a wrong one."""
    own = {"JPEG": "jpg", "TIFF": "tif"}.get(format, format.lower())
    ending = own if chance.random() < 0.75 else chance.choice(("png", "jpg", "webp", "txt", "mp3"))
    return f"a.{ending}"


# ── damaged ones ─────────────────────────────────────────────────────────────────────────────────


def _cut(number: int, chance: random.Random) -> Case:
    whole = _sound(number, chance)
    return Case(number, whole.name, whole.data[: chance.randrange(1, len(whole.data))])


def _flipped(number: int, chance: random.Random) -> Case:
    whole = _sound(number, chance)
    data = bytearray(whole.data)
    reach = min(len(data), chance.choice((64, 1024, 1 << 20)))
    for _ in range(chance.choice((1, 2, 8, 64))):
        data[chance.randrange(reach)] ^= 1 << chance.randrange(8)
    return Case(number, whole.name, bytes(data))


def _forged(number: int, chance: random.Random) -> Case:
    """Numbers in the header become extreme ones."""
    whole = _sound(number, chance)
    data = bytearray(whole.data)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(4, min(120, len(data) - 4))
        value = chance.choice((0, 1, 0x7FFF, 0xFFFF, 0x3FFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000))
        kind = chance.choice(["<H", ">H", "<I", ">I"])
        struct.pack_into(kind, data, at, value & (0xFFFF if kind[1] == "H" else 0xFFFFFFFF))
    return Case(number, whole.name, _with_good_sums(bytes(data)))


def _with_good_sums(data: bytes) -> bytes:
    """A PNG whose header was forged is read no further unless its check sum is forged too."""
    if not data.startswith(b"\x89PNG") or len(data) < 33:
        return data
    return data[:29] + struct.pack(">I", zlib.crc32(data[12:29])) + data[33:]


def _spliced(number: int, chance: random.Random) -> Case:
    one, two = _sound(number, chance), _sound(number, chance)
    first, second = (chance.randrange(1, len(each.data)) for each in (one, two))
    return Case(number, one.name, one.data[:first] + two.data[second:])


# ── strangers and shapes ─────────────────────────────────────────────────────────────────────────

_STRANGERS = (
    b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    b'<?xml version="1.0"?>\n<!DOCTYPE svg [<!ENTITY a "b">]><svg/>',
    b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
    b"<!DOCTYPE html><html><body>404</body></html>",
    b"PK\x03\x04" + bytes(60),
    b"\x1f\x8b\x08" + bytes(60),
    b"%!PS-Adobe-3.0\n(%pipe%id) (r) file",
    b"8BPS\0\1" + bytes(60),
    b"SIMPLE  =                    T",
    b"P6 65535 65535 255\n",
    b"\x53\x80\xf6\x34" + bytes(93),
    b"ID3\x04" + bytes(60),
    b"RIFF\x40\0\0\0WAVEfmt " + bytes(60),
    b"\0\0\0\x18ftypisom" + bytes(60),
    b"\0\0\1\0\1\0" + bytes(60),
    b"\x7fELF" + bytes(60),
    b"hello",
    b"\0",
)


def _stranger(number: int, chance: random.Random) -> Case:
    """What is no picture, under the name of one."""
    data = chance.choice(_STRANGERS) + chance.randbytes(chance.choice((0, 0, 100, 10_000)))
    if chance.random() < 0.1:
        data = bytes([chance.randrange(1, 32)]) + chance.randbytes(chance.randrange(1000))
    return Case(number, f"a.{chance.choice(('png', 'jpg', 'webp', 'gif'))}", data, refused=True)


def _shaped(number: int, chance: random.Random) -> Case:
    """As thin as a thread, or nearly."""
    short, long = chance.choice((1, 2, 3, 5, 20)), chance.choice((1, 2, 300, 401, 1200, 30_000))
    size = (short, long) if chance.random() < 0.5 else (long, short)
    picture = pil.new("RGB", size, (200, 30, 60))
    data = encoded(picture, "PNG")
    if min(size) < 2 or max(size) > 200 * min(size):
        return Case(number, "a.png", data, refused=True)
    return Case(number, "a.png", data, picture)


def _tailed(number: int, chance: random.Random) -> Case:
    """A sound picture with something else behind it: an archive, another picture, noise."""
    whole = _sound(number, chance)
    if whole.data.startswith((b"RIFF", b"\0\0\0")):
        return whole  # their boxes say where they end, and decoders differ on what comes then
    tail = chance.choice((b"PK\x03\x04" + bytes(200), whole.data, chance.randbytes(3000)))
    return Case(number, whole.name, whole.data + tail, whole.truth, whole.tolerance)


def _bomb(number: int, name: str) -> Case:
    if name in bombs.SEEN:
        data, truth = bombs.SEEN[name]()
        return Case(number, name, data, truth, _LOSSY if name.endswith("jpg") else 3.0)
    if name in bombs.REFUSED:
        return Case(number, name, bombs.REFUSED[name](), refused=True)
    return Case(number, name, bombs.EITHER[name]())


_Family = Callable[[int, random.Random], Case]
_SHARES: dict[_Family, int] = {
    _sound: 24,
    _cut: 16,
    _flipped: 30,
    _forged: 10,
    _spliced: 6,
    _stranger: 8,
    _shaped: 3,
    _tailed: 3,
}
_FAMILIES, _WEIGHTS = list(_SHARES), list(_SHARES.values())


def error(seen: pil.Image, truth: pil.Image) -> float:
    """Mean error of a channel, 0 to 255."""
    from PIL import ImageChops, ImageStat

    if truth.size != seen.size:
        truth = truth.resize(seen.size, pil.Resampling.NEAREST)
    return max(ImageStat.Stat(ImageChops.difference(seen, truth)).mean)
