"""What a picture would cost, from its header alone."""

from __future__ import annotations

import pytest

from edgeomni.vision.cost import coefficient_bytes, jpeg_share, memory_needed, strip_bytes
from edgeomni.vision.limits import ImageLimits

MEGA = 1_000_000


@pytest.mark.parametrize(
    ("format", "mode", "each"),
    [("PNG", "RGB", 4), ("PNG", "P", 1), ("PNG", "I;16", 2), ("JPEG", "CMYK", 4), ("GIF", "P", 2)],
)
def test_a_picture_costs_its_pixels(format: str, mode: str, each: int) -> None:
    assert memory_needed(format, mode, MEGA) == each * MEGA


@pytest.mark.parametrize("format", ["WEBP", "AVIF"])
def test_some_decoders_hold_it_more_than_once(format: str) -> None:
    assert memory_needed(format, "RGB", MEGA) > memory_needed("PNG", "RGB", MEGA)


@pytest.mark.parametrize(
    ("format", "mode", "megapixels"),
    [("PNG", "RGB", 57), ("AVIF", "RGB", 17), ("WEBP", "RGB", 16), ("GIF", "P", 115)],
)
def test_the_memory_holds_as_many_megapixels_as_the_readme_says(
    format: str, mode: str, megapixels: int
) -> None:
    assert ImageLimits().memory // memory_needed(format, mode, MEGA) == megapixels


@pytest.mark.parametrize(
    ("sampling", "each"),
    [
        ([(1, 1)], 2),
        ([(1, 1)] * 3, 6),
        ([(2, 2), (1, 1), (1, 1)], 3),
        ([(2, 1), (1, 1), (1, 1)], 4),
    ],
)
def test_a_jpeg_in_passes_keeps_its_coefficients(sampling, each: int) -> None:
    assert coefficient_bytes((1000, 1000), sampling) == each * MEGA


def test_a_tiff_is_unpacked_strip_by_strip() -> None:
    rgb = {277: 3, 258: (8, 8, 8)}
    assert strip_bytes((1000, 1000), rgb | {278: 10}) == 30_000
    assert strip_bytes((1000, 1000), rgb | {278: 2**32 - 1}) == 3 * MEGA
    assert strip_bytes((1000, 1000), rgb | {322: 256, 323: 256}) == 3 * 256 * 256


def test_a_tiff_is_held_twice_where_it_is_turned() -> None:
    assert strip_bytes((1000, 1000), {278: 1, 0x0112: 6}) > 4 * MEGA


@pytest.mark.parametrize(
    ("size", "wanted", "share"),
    [
        ((8000, 6000), (8000, 6000), 1),
        ((8000, 6000), (3000, 2250), 1),
        ((8000, 6000), (2000, 1500), 2),
        ((8000, 6000), (1000, 750), 4),
        ((8000, 6000), (500, 375), 8),
        ((8000, 6000), (10, 7), 8),
    ],
)
def test_a_jpeg_stays_twice_as_large_as_wanted(size, wanted, share: int) -> None:
    assert jpeg_share(size, wanted, 2.0) == share
