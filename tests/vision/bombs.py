"""Small files that ask for much: each named, made when it is needed, kept nowhere."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from importlib.util import find_spec

from PIL import Image as pil

from tests.vision.media import encoded

Made = tuple[bytes, pil.Image | None]
"""A file, and what must be seen of it where it is to be accepted."""

COLOURS = pil.frombytes("RGB", (2, 2), bytes((230, 30, 20, 20, 200, 40, 30, 40, 220, 240, 230, 20)))
"""Four colours, one in each quarter."""


def quarters(width: int, height: int) -> pil.Image:
    return COLOURS.resize((width, height), pil.Resampling.NEAREST)


def chunk(kind: bytes, data: bytes) -> bytes:
    """Of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *extra: bytes, depth: int = 1, colour: int = 0) -> bytes:
    """A PNG without pixels, with more chunks behind its header."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"".join((
        b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", head), *extra,
        chunk(b"IDAT", zlib.compress(bytes(1000))), chunk(b"IEND", b""),
    ))  # fmt: skip


def _png_with(*extra: bytes) -> Made:
    """A sound PNG with more chunks behind its header."""
    picture = quarters(64, 64)
    data = encoded(picture, "PNG")
    return data[:33] + b"".join(extra) + data[33:], picture


def _sound(format: str, width: int, height: int, mode: str = "RGB", **options: object) -> Made:
    picture = quarters(width, height)
    return encoded(picture.convert(mode), format, **options), COLOURS


def _grey(width: int, height: int) -> Made:
    grey = quarters(width, height).convert("L")
    return encoded(grey, "PNG", compress_level=1), COLOURS.convert("L").convert("RGB")


def _nothing(size: int) -> bytes:
    return zlib.compress(bytes(size))


def _heic(width: int, height: int) -> Made:
    import pillow_heif

    pillow_heif.register_heif_opener()
    return _sound("HEIF", width, height, quality=80)


def _jpeg_header(width: int, height: int) -> bytes:
    data = bytearray(encoded(quarters(16, 16), "JPEG"))
    frame = data.index(b"\xff\xc0")
    struct.pack_into(">HH", data, frame + 5, height, width)
    return bytes(data)


def _jpeg_passes(count: int) -> bytes:
    data = encoded(quarters(4096, 4096), "JPEG", progressive=True, quality=50)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * count + b"\xff\xd9"


def _jpeg_markers(count: int) -> bytes:
    data = encoded(quarters(64, 64), "JPEG")
    return data[:2] + b"\xff\xfe\0\2" * count + data[2:]


def _metadata_bomb(tags: int, claimed: int) -> bytes:
    """An IFD in which each of many tags claims the whole block for its value."""
    entries = b"".join(struct.pack("<HHII", tag, 7, claimed, 0) for tag in range(1, tags + 1))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", tags) + entries + bytes(4)


def _jpeg_exif_bomb() -> bytes:
    data = encoded(quarters(64, 64), "JPEG")
    exif = b"Exif\0\0" + _metadata_bomb(5000, 60_000)
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]


def _gif_frames(count: int) -> bytes:
    frame = quarters(32, 32).quantize(4)
    data = encoded(frame, "GIF", save_all=True, append_images=[frame.transpose(1)], loop=0)
    image = data.rindex(b"\x21\xf9")
    return data[:image] + data[image:-1] * count + b";"


def _gif_header(width: int, height: int) -> bytes:
    data = bytearray(encoded(quarters(16, 16), "GIF"))
    struct.pack_into("<HH", data, 6, width, height)
    return bytes(data)


def _gif_comment(blocks: int) -> bytes:
    data = encoded(quarters(16, 16).quantize(4), "GIF")
    start = data.index(b"\x2c")
    return data[:start] + b"\x21\xfe" + b"\x01a" * blocks + b"\0" + data[start:]


def _apng(count: int) -> Made:
    first = quarters(16, 16)
    others = [pil.new("RGB", (16, 16), (n % 256, 0, 0)) for n in range(count)]
    return encoded(first, "PNG", save_all=True, append_images=others), first


def _bmp_runs(width: int, height: int, runs: bytes) -> bytes:
    """A BMP of 8 bits with run lengths."""
    palette = b"".join(bytes((n, n, n, 0)) for n in range(256))
    start = 14 + 40 + len(palette)
    head = b"BM" + struct.pack("<IHHI", start + len(runs), 0, 0, start)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(runs), 0, 0, 256, 0)
    return head + info + palette + runs


def _tiff_header(width: int, height: int) -> bytes:
    data = bytearray(encoded(quarters(16, 16), "TIFF"))
    for tag, value in ((256, width), (257, height)):
        at = data.index(struct.pack("<H", tag))
        struct.pack_into("<HHII", data, at, tag, 4, 1, value)
    return bytes(data)


def _tiff_one_strip(width: int, height: int) -> bytes:
    """All in one piece, which has to be unpacked as a whole."""
    file = io.BytesIO()
    quarters(width, height).save(file, "TIFF", compression="tiff_adobe_deflate", strip_size=1 << 30)
    return file.getvalue()


def _webp_header(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    data = bytearray(encoded(quarters(16, 16), "WEBP", exif=b"Exif\0\0"))
    data[24:30] = size
    return bytes(data)


REFUSED: Mapping[str, Callable[[], bytes]] = {
    # They claim more than there may be.
    "20000.png": lambda: png(20_000, 20_000),
    "65535.png": lambda: png(65_535, 65_535, depth=16, colour=6),
    "2147483647.png": lambda: png(2**31 - 1, 2**31 - 1),
    "65535.jpg": lambda: _jpeg_header(65_535, 65_535),
    "65535.gif": lambda: _gif_header(65_535, 65_535),
    "4294967295.tif": lambda: _tiff_header(2**32 - 1, 2**32 - 1),
    "16384.webp": lambda: _webp_header(16_384, 16_384),
    "2147483647.bmp": lambda: _bmp_runs(2**31 - 1, 2**31 - 1, b"\0\1"),
    # They hold it, packed.
    "1-bit.png": lambda: encoded(pil.new("1", (20_000, 20_000)), "PNG"),
    "flat.png": lambda: encoded(pil.new("RGB", (8000, 8000)), "PNG"),
    "flat.webp": lambda: encoded(pil.new("RGB", (8000, 8000)), "WEBP", method=0),
    "flat.avif": lambda: encoded(pil.new("RGB", (6000, 6000)), "AVIF", speed=10),
    "one-strip.tif": lambda: _tiff_one_strip(7000, 7000),
    # They keep the decoder busy.
    "passes.jpg": lambda: _jpeg_passes(400),
    "ends-of-lines.bmp": lambda: _bmp_runs(6000, 6000, b"\1\5\0\0" * 6000),
    "runs.bmp": lambda: _bmp_runs(2800, 2800, b"\1\5" * 3_900_000),
    "markers.jpg": lambda: _jpeg_markers(6_000_000),
    "chunks.png": lambda: _png_with(chunk(b"tEXt", b"a\0b") * 1_500_000)[0],
    "comment.gif": lambda: _gif_comment(12_000_000),
    "tags.tif": lambda: _metadata_bomb(60_000, 700_000) + bytes(20_000_000),
}
EITHER: Mapping[str, Callable[[], bytes]] = {
    "8000-and-nothing.jpg": lambda: _jpeg_header(8000, 8000),
    "8000-and-nothing.gif": lambda: _gif_header(8000, 8000),
    "text.png": lambda: _png_with(chunk(b"zTXt", b"a\0\0" + _nothing(100_000_000)))[0],
    "profile.png": lambda: _png_with(chunk(b"iCCP", b"a\0\0" + _nothing(100_000_000)))[0],
}
SEEN: Mapping[str, Callable[[], Made]] = {
    # Their metadata are monstrous, their pixels are not.
    "exif.jpg": lambda: (_jpeg_exif_bomb(), quarters(64, 64)),
    "exif.png": lambda: _png_with(chunk(b"eXIf", _metadata_bomb(60_000, 700_000))),
    "text-of-a-megabyte.png": lambda: _png_with(chunk(b"zTXt", b"a\0\0" + _nothing(2_000_000))),
    # They are large, and honest.
    "10000-frames.gif": lambda: (_gif_frames(10_000), quarters(32, 32)),
    "10000-frames.png": lambda: _apng(10_000),
    "48.jpg": lambda: _sound("JPEG", 8000, 6000),
    "48-progressive.jpg": lambda: _sound("JPEG", 8000, 6000, progressive=True),
    "48.png": lambda: _sound("PNG", 8000, 6000, compress_level=1),
    "48-alpha.png": lambda: _sound("PNG", 8000, 6000, "RGBA", compress_level=1),
    "64-grey.png": lambda: _grey(8000, 8000),
    "48.gif": lambda: _sound("GIF", 8000, 6000),
    "48.tif": lambda: _sound("TIFF", 8000, 6000, compression="tiff_lzw"),
    "16.webp": lambda: _sound("WEBP", 4000, 4000, method=0, quality=90),
    "16.avif": lambda: _sound("AVIF", 4000, 4000, speed=10, quality=90),
    **({"48.heic": lambda: _heic(8000, 6000)} if find_spec("pillow_heif") else {}),
}
ALL = (*REFUSED, *EITHER, *SEEN)
