"""What is red stays red and what is left stays left, however a picture is stored or made small."""

from __future__ import annotations

import random
import struct
import zlib

import pytest
from PIL import Image as pil

from edgeomni.errors import MediaError
from edgeomni.values import Fit, Image
from edgeomni.vision import heic as heic_decoding
from edgeomni.vision.image import decode
from edgeomni.vision.limits import ImageLimits
from edgeomni.vision.size import fitted
from tests.vision.bombs import COLOURS, chunk, quarters
from tests.vision.corpus import error
from tests.vision.media import encoded

LIMITS = ImageLimits()
LOSSY = 6.0
SCENE = quarters(96, 64)


def seen(data: bytes, fit: Fit | None = None) -> pil.Image:
    found: Image = decode(data, LIMITS, wanted=lambda size: fitted(size, fit))
    return pil.frombytes("RGB", (found.width, found.height), found.pixels)


# ── colours and sides ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("format", "mode", "options"),
    [
        ("PNG", "RGB", {}),
        ("PNG", "RGBA", {}),
        ("PNG", "P", {}),
        ("BMP", "RGB", {}),
        ("GIF", "P", {}),
        ("WEBP", "RGB", {"lossless": True}),
        ("TIFF", "RGB", {"compression": "raw"}),
        ("TIFF", "RGB", {"compression": "tiff_lzw"}),
        ("TIFF", "RGBA", {"compression": "tiff_adobe_deflate"}),
        ("TIFF", "P", {}),
    ],
)
def test_a_lossless_picture_is_seen_pixel_by_pixel(format, mode, options):
    stored = SCENE.quantize(4) if mode == "P" else SCENE.convert(mode)
    assert seen(encoded(stored, format, **options)) == SCENE


@pytest.mark.parametrize(
    ("format", "mode", "options"),
    [
        ("JPEG", "RGB", {"subsampling": 0}),
        ("JPEG", "RGB", {"progressive": True}),
        ("JPEG", "CMYK", {"quality": 95}),
        ("TIFF", "CMYK", {}),
        ("TIFF", "YCbCr", {"compression": "raw"}),
        ("TIFF", "LAB", {}),
        ("WEBP", "RGB", {"quality": 95}),
        ("AVIF", "RGB", {"quality": 95, "speed": 10}),
    ],
)
def test_a_lossy_picture_is_seen_nearly_so(format, mode, options):
    stored = lab(SCENE) if mode == "LAB" else SCENE.convert(mode)
    assert error(seen(encoded(stored, format, **options)), SCENE) < LOSSY


def lab(picture: pil.Image) -> pil.Image:
    from PIL import ImageCms

    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    turned = ImageCms.profileToProfile(picture, *profiles, outputMode="LAB")
    assert turned is not None
    return turned


def test_a_cmyk_jpeg_is_read_inverted_as_adobe_writes_it():
    data = encoded(SCENE.convert("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in data
    assert error(seen(data), SCENE) < LOSSY


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16", "F"])
def test_grey_stays_grey_and_bright_stays_bright(mode):
    ramp = pil.linear_gradient("L").resize((64, 64))
    stored = ramp.convert("I").point(lambda v: 257 * v).convert("I;16") if mode == "I;16" else (
        ramp.convert("F").point(lambda v: v * (1 / 255)) if mode == "F" else ramp.convert(mode)
    )  # fmt: skip
    found = seen(encoded(stored, "TIFF" if mode == "F" else "PNG"))
    red, green, blue = found.split()
    assert red == green == blue
    assert error(found, (stored if mode == "1" else ramp).convert("RGB")) < 1


# ── orientation ──────────────────────────────────────────────────────────────────────────────────

HELD = {
    1: None,
    2: pil.Transpose.FLIP_LEFT_RIGHT,
    3: pil.Transpose.ROTATE_180,
    4: pil.Transpose.FLIP_TOP_BOTTOM,
    5: pil.Transpose.TRANSPOSE,
    6: pil.Transpose.ROTATE_90,
    7: pil.Transpose.TRANSVERSE,
    8: pil.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", HELD)
@pytest.mark.parametrize("fit", [None, Fit(side=24)], ids=["whole", "small"])
def test_a_photo_stands_upright_in_every_format(format, orientation, fit):
    turn = HELD[orientation]
    exif = pil.Exif()
    exif[0x0112] = orientation
    stored = SCENE if turn is None else SCENE.transpose(turn)
    found = seen(encoded(stored, format, exif=exif), fit)
    assert found.size == ((24, 16) if fit else SCENE.size)
    assert error(found, COLOURS) < (20 if fit else LOSSY)


# ── small ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("format", "options"), [("PNG", {"compress_level": 1}), ("JPEG", {"quality": 90})]
)
@pytest.mark.parametrize("side", [150, 333, 700])
def test_a_picture_made_small_looks_as_if_one_filter_had_made_it(format, options, side):
    noise = pil.effect_noise((1600, 1200), 60).convert("RGB")
    scene = pil.blend(quarters(1600, 1200), noise, 0.5)
    wanted = scene.resize(fitted(scene.size, Fit(side=side)), pil.Resampling.LANCZOS)
    assert error(seen(encoded(scene, format, **options), Fit(side=side)), wanted) < 3


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_fine_stripes_become_grey_and_not_stripes_again(format):
    stripes = pil.frombytes("L", (1200, 1200), bytes((0, 255)) * 720_000).convert("RGB")
    low, high = seen(encoded(stripes, format), Fit(side=170)).convert("L").getextrema()
    assert 120 <= low <= high <= 136


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_clear_is_white_however_small(mode):
    clear = pil.new("RGBA", (900, 900), (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), (0, 0, 450, 900))
    stored = clear.quantize(4) if mode == "P" else clear.convert(mode)
    found = seen(encoded(stored, "PNG"), Fit(side=90))
    assert found.getpixel((20, 45)) == (0, 0, 0)
    assert found.getpixel((70, 45)) == (255, 255, 255)


def test_deep_grey_is_judged_by_the_whole_and_not_by_its_bands():
    """Floating point without a scale: black and white are those of all of the picture."""
    ramp = pil.linear_gradient("L").resize((64, 3000)).convert("F").point(lambda v: v * 100.0)
    found = seen(encoded(ramp, "TIFF"), Fit(side=300)).convert("L")
    assert found.getpixel((3, 2)) < 5 < 250 < found.getpixel((3, 297))


# ── HEIC ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def heic() -> bytes:
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    return encoded(SCENE, "HEIF", quality=95)


def test_a_photo_of_a_phone_is_seen_where_its_decoder_is_installed(heic):
    assert error(seen(heic), SCENE) < LOSSY
    assert seen(heic, Fit(side=48)).size == (48, 32)


def test_a_photo_of_a_phone_says_what_to_install(heic, monkeypatch):
    monkeypatch.setattr(heic_decoding, "_DECODERS", ("no_such_package",))
    heic_decoding._installed.cache_clear()
    with pytest.raises(MediaError, match="is a HEIC photo") as caught:
        decode(heic, LIMITS, "sea.heic")
    assert "-m pip install pi-heif" in caught.value.remedy
    heic_decoding._installed.cache_clear()


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_photo_of_a_phone_is_seen_or_refused(heic, seed):
    chance, data = random.Random(seed), bytearray(heic)
    for _ in range(4):
        data[chance.randrange(16, len(data))] ^= 1 << chance.randrange(8)
    try:
        decode(bytes(data), LIMITS)
    except MediaError as refusal:
        assert refusal.remedy


# ── what few programs write ──────────────────────────────────────────────────────────────────────


def written_png(
    rows: list[bytes], size: tuple[int, int], depth: int, *, interlaced: int = 0
) -> bytes:
    """RGB, its rows as they are told, each behind the byte for no filter."""
    head = struct.pack(">IIBBBBB", *size, depth, 2, 0, 0, interlaced)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def test_a_png_of_sixteen_bits_keeps_its_colours():
    row = struct.pack(">3H", 65535, 0, 32768) * 8
    assert seen(written_png([row] * 4, (8, 4), 16)) == pil.new("RGB", (8, 4), (255, 0, 128))


def test_an_interlaced_png_is_put_together():
    """Adam7: seven passes, each with a corner to start from and steps across and down."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
              (0, 1, 1, 2)]  # fmt: skip
    rows = [
        b"".join(bytes(SCENE.getpixel((x, y))) for x in range(left, SCENE.width, across))
        for left, top, across, down in passes
        for y in range(top, SCENE.height, down)
    ]
    assert seen(written_png(rows, SCENE.size, 8, interlaced=1)) == SCENE


@pytest.mark.parametrize("fit", [None, Fit(side=24)], ids=["whole", "small"])
def test_of_a_photo_with_a_second_one_behind_it_the_first_is_seen(fit):
    depth = pil.new("RGB", (48, 32))
    data = encoded(SCENE, "MPO", save_all=True, append_images=[depth], quality=95)
    assert data.startswith(b"\xff\xd8") and b"MPF\0" in data
    assert error(seen(data, fit), COLOURS) < (20 if fit else LOSSY)


def test_a_gif_that_does_not_fill_its_canvas_lies_on_white():
    data = bytearray(encoded(pil.new("P", (8, 8), 0), "GIF", transparency=255))
    struct.pack_into("<HH", data, 6, 16, 16)
    found = seen(bytes(data))
    assert found.size == (16, 16)
    assert found.getpixel((2, 2)) == (0, 0, 0)
    assert found.getpixel((14, 14)) == (255, 255, 255)
