"""Pictures of every allowed kind become upright sRGB; the rest is refused before it is decoded."""

from __future__ import annotations

import random
import struct
import tracemalloc
import zlib
from pathlib import Path

import pytest
from PIL import Image as pil

from edgeomni.errors import MediaError
from edgeomni.values import Image
from edgeomni.vision.image import FORMATS, decode
from edgeomni.vision.limits import ImageLimits
from edgeomni.vision.signature import webp_size
from tests.vision.media import encoded

LIMITS = ImageLimits()
RED, WHITE = (255, 0, 0), (255, 255, 255)


def pixel(image: Image, x: int = 0, y: int = 0) -> tuple[int, ...]:
    start = 3 * (y * image.width + x)
    return tuple(image.pixels[start : start + 3])


def is_near(colour: tuple[int, ...], wanted: tuple[int, ...], by: int = 3) -> bool:
    return all(abs(a - b) <= by for a, b in zip(colour, wanted, strict=True))


def refused(data: bytes, limits: ImageLimits = LIMITS) -> MediaError:
    with pytest.raises(MediaError) as caught:
        decode(data, limits, "sea.png")
    assert caught.value.works and caught.value.remedy
    assert "sea.png" in caught.value.happened
    return caught.value


# ── what is seen ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("format", FORMATS)
def test_every_allowed_format_is_decoded(format: str) -> None:
    image = decode(encoded(pil.new("RGB", (8, 5), RED), format), LIMITS)
    assert (image.width, image.height) == (8, 5)
    assert is_near(pixel(image, 7, 4), RED)


def test_a_file_keeps_its_name(tmp_path: Path) -> None:
    path = tmp_path / "sea.png"
    path.write_bytes(encoded(pil.new("RGB", (4, 4), RED), "PNG"))
    image = decode(path, LIMITS)
    assert (image.name, pixel(image)) == ("sea.png", RED)


@pytest.mark.parametrize(
    ("mode", "colour", "format", "seen"),
    [
        ("1", 1, "PNG", WHITE),
        ("L", 100, "PNG", (100, 100, 100)),
        ("LA", (0, 0), "PNG", WHITE),
        ("RGBA", (255, 0, 0, 0), "PNG", WHITE),
        ("RGBA", (255, 0, 0, 128), "PNG", (255, 127, 127)),
        ("I;16", 65535, "PNG", WHITE),
        ("I;16", 32768, "PNG", (128, 128, 128)),
        ("I;16", 32768, "TIFF", (128, 128, 128)),
        ("I", 32768, "TIFF", (128, 128, 128)),
        ("F", 0.5, "TIFF", (128, 128, 128)),
        ("CMYK", (0, 255, 255, 0), "TIFF", RED),
        ("CMYK", (0, 255, 255, 0), "JPEG", RED),
    ],
)
def test_every_kind_of_pixel_becomes_rgb(
    mode: str, colour: object, format: str, seen: tuple[int, ...]
) -> None:
    data = encoded(pil.new(mode, (4, 4), colour), format)  # type: ignore[arg-type]
    assert is_near(pixel(decode(data, LIMITS)), seen)


@pytest.mark.parametrize(
    ("mode", "values", "seen"),
    [
        ("I", (0, 1), (0, 255)),
        ("I", (0, 4, 5), (0, 204, 255)),
        ("I", (0, 100, 200), (0, 100, 200)),
        ("I", (0, 2048, 4095), (0, 128, 255)),
        ("I", (0, 16384, 32768), (0, 64, 128)),
        ("I", (100_000, 200_000), (128, 255)),
        ("I", (-10, 0, 10), (0, 128, 255)),
        ("F", (0.0, 0.01, 0.02), (0, 3, 5)),
        ("F", (0.0, 0.75, 1.5), (0, 128, 255)),
        ("F", (100.0, 120.0, 150.0), (100, 120, 150)),
        ("F", (0.0, 20_000.0, 40_000.0), (0, 128, 255)),
        ("F", (-1.0, 0.0, 1.0), (0, 128, 255)),
    ],
)
def test_numbers_are_as_bright_as_their_range_says(
    mode: str, values: tuple[float, ...], seen: tuple[int, ...]
) -> None:
    picture = pil.new(mode, (len(values), 2))
    picture.putdata([*values, *values])
    image = decode(encoded(picture, "TIFF"), LIMITS)
    assert is_near(tuple(pixel(image, x)[0] for x in range(len(values))), seen, by=1)


def test_a_transparent_palette_colour_lies_on_white() -> None:
    picture = pil.new("P", (4, 4), 0)
    picture.putpalette([0, 0, 0, 255, 0, 0])
    assert pixel(decode(encoded(picture, "PNG", transparency=0), LIMITS)) == WHITE


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_stands_upright_however_the_camera_was_held(orientation: int) -> None:
    turns = {
        2: pil.Transpose.FLIP_LEFT_RIGHT,
        3: pil.Transpose.ROTATE_180,
        4: pil.Transpose.FLIP_TOP_BOTTOM,
        5: pil.Transpose.TRANSPOSE,
        6: pil.Transpose.ROTATE_90,
        7: pil.Transpose.TRANSVERSE,
        8: pil.Transpose.ROTATE_270,
    }
    upright = pil.new("RGB", (6, 4), WHITE)
    upright.putpixel((0, 0), RED)
    stored = upright.transpose(turns[orientation]) if orientation in turns else upright
    exif = pil.Exif()
    exif[0x0112] = orientation
    image = decode(encoded(stored, "PNG", exif=exif), LIMITS)
    assert (image.width, image.height) == (6, 4)
    assert pixel(image) == RED


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_an_orientation_that_does_not_exist_turns_nothing(orientation: int) -> None:
    exif = pil.Exif()
    exif[0x0112] = orientation
    image = decode(encoded(pil.new("RGB", (6, 4), RED), "JPEG", exif=exif), LIMITS)
    assert (image.width, image.height) == (6, 4)


def test_damaged_exif_data_turn_nothing() -> None:
    data = encoded(pil.new("RGB", (6, 4), RED), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert decode(data, LIMITS).width == 6


def test_an_embedded_colour_profile_is_applied() -> None:
    """In linear light a value of 64 is far brighter than in sRGB: 137."""
    data = encoded(pil.new("RGB", (4, 4), (64, 64, 64)), "PNG", icc_profile=linear_profile())
    assert is_near(pixel(decode(data, LIMITS)), (137, 137, 137))


def linear_profile() -> bytes:
    """An ICC profile with the primaries of sRGB and straight curves."""
    points = {
        b"wtpt": (0.9642, 1.0, 0.8249),
        b"rXYZ": (0.4361, 0.2225, 0.0139),
        b"gXYZ": (0.3851, 0.7169, 0.0971),
        b"bXYZ": (0.1431, 0.0606, 0.7141),
    }
    tags = {
        name: b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(x * 65536) for x in point))
        for name, point in points.items()
    } | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), b"curv" + bytes(8))
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    return (
        head.ljust(36, b"\0")
        + (b"acsp" + bytes(28) + tags[b"wtpt"][8:]).ljust(92, b"\0")
        + (table + body)
    )


def test_a_damaged_colour_profile_is_left_aside() -> None:
    data = encoded(pil.new("RGB", (4, 4), RED), "PNG", icc_profile=b"no profile at all")
    assert pixel(decode(data, LIMITS)) == RED


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_many_frames_the_first_is_seen(format: str) -> None:
    frames = [pil.new("RGB", (4, 4), (0, 0, 255 - n)) for n in range(20)]
    first = pil.new("RGB", (4, 4), RED)
    data = encoded(first, format, save_all=True, append_images=frames)
    assert is_near(pixel(decode(data, LIMITS)), RED)


# ── what is refused ──────────────────────────────────────────────────────────────────────────────


def test_a_bomb_is_refused_by_its_header_with_size_and_limit() -> None:
    bomb = png_header(20000, 20000)
    tracemalloc.start()
    try:
        error = refused(bomb)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    assert "20000x20000" in error.happened
    assert "64 megapixels" in error.happened


def png_header(width: int, height: int) -> bytes:
    """A PNG that ends behind its header and one piece of compressed nothing."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))))
    )


@pytest.mark.parametrize("size", [(65535, 65535), (2**31 - 1, 2**31 - 1)])
def test_a_forged_size_is_refused(size: tuple[int, int]) -> None:
    assert "limit is 64 megapixels" in refused(png_header(*size)).happened


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": b"Exif\0\0"}], ids=str)
def test_a_webp_is_measured_before_its_canvas_is_made(options: dict[str, object]) -> None:
    data = encoded(pil.new("RGB", (300, 200), RED), "WEBP", **options)
    assert webp_size(data[:30]) == (300, 200)
    assert "300x200" in refused(data, ImageLimits(pixels=50_000)).happened


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1)])
def test_a_picture_of_one_line_is_refused(size: tuple[int, int]) -> None:
    assert f"{size[0]}x{size[1]}" in refused(encoded(pil.new("L", size), "PNG")).happened


def test_a_picture_that_is_far_too_thin_is_refused() -> None:
    assert "200 times" in refused(encoded(pil.new("L", (2, 402)), "PNG")).happened


@pytest.mark.parametrize("data", [b"%PDF-1.7", b"hello", bytes(1000), b"\x53\x80\xf6\x34" * 30])
def test_what_is_no_picture_is_told_from_what_is_damaged(data: bytes) -> None:
    assert "not a picture" in refused(data).happened


def test_a_format_that_pillow_knows_and_we_do_not_allow_is_refused() -> None:
    assert "not a picture" in refused(encoded(pil.new("RGB", (4, 4)), "PPM")).happened


def test_a_picture_that_is_cut_in_its_header_is_still_a_picture() -> None:
    data = encoded(pil.new("RGB", (4, 4)), "PNG")
    assert "damaged" in refused(data[:20]).happened


@pytest.mark.parametrize("format", FORMATS)
def test_a_cut_picture_is_damaged(format: str) -> None:
    noise = pil.frombytes("RGB", (64, 64), random.Random(1).randbytes(64 * 64 * 3))
    data = encoded(noise, format)
    error = refused(data[: len(data) // 2])
    assert "damaged" in error.happened or "not a picture" in error.happened


@pytest.mark.parametrize("format", FORMATS)
def test_mutated_pictures_are_decoded_or_refused_and_nothing_else(format: str) -> None:
    chance = random.Random(format)
    good = encoded(pil.effect_noise((40, 30), 80).convert("RGB"), format)
    for _ in range(150):
        data = bytearray(good)
        for _ in range(chance.choice((1, 2, 8))):
            data[chance.randrange(min(len(data), chance.choice((64, 1 << 20))))] ^= 1 << (
                chance.randrange(8)
            )
        try:
            image = decode(bytes(data), LIMITS)
        except MediaError:
            continue
        assert image.width * image.height <= LIMITS.pixels


@pytest.mark.parametrize(
    ("head", "flag"), [(b"\x1aE\xdf\xa3 film", "-v"), (b"RIFF\0\0\0\0WAVE", "-a"), (b"hello", "")]
)
def test_what_can_be_shown_in_another_way_says_how(tmp_path: Path, head: bytes, flag: str) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(head)
    with pytest.raises(MediaError) as caught:
        decode(path, ImageLimits())
    expected = f"Show it with {flag}; save" if flag else "Save"
    assert caught.value.remedy.startswith(f"{expected} a picture as PNG")
