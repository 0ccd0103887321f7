"""What is white in high dynamic range is white in sRGB, and colours keep their hue."""

from __future__ import annotations

import numpy as np
import pytest

from edgeomni.vision.tone import Transfer, srgb_from_hdr

TRANSFERS: tuple[Transfer, ...] = ("pq", "hlg")
PAGE: dict[Transfer, int] = {"pq": 148, "hlg": 191}
"""How a white page of 203 cd/m2 is stored (BT.2408, table 1): 58 % and 75 %."""


def turned(transfer: Transfer, *colours: tuple[int, int, int]) -> list[tuple[int, ...]]:
    pixels = np.array([colours], np.uint8)
    return [tuple(map(int, colour)) for colour in srgb_from_hdr(pixels, transfer)[0]]


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_black_stays_black_and_the_brightest_becomes_white(transfer: Transfer) -> None:
    assert turned(transfer, (0, 0, 0), (255, 255, 255)) == [(0, 0, 0), (255, 255, 255)]


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_a_white_page_is_nearly_white_and_not_grey(transfer: Transfer) -> None:
    ((red, green, blue),) = turned(transfer, (PAGE[transfer],) * 3)
    assert min(red, green, blue) >= 240 and max(red, green, blue) <= 250


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_brighter_is_never_darker_and_highlights_can_be_told_apart(transfer: Transfer) -> None:
    greys = [colour[0] for colour in turned(transfer, *((v, v, v) for v in range(256)))]
    assert greys == sorted(greys)
    assert greys[PAGE[transfer]] < greys[PAGE[transfer] + 20]


@pytest.mark.parametrize("transfer", TRANSFERS)
@pytest.mark.parametrize("channel", [0, 1, 2])
def test_colours_keep_their_hue(transfer: Transfer, channel: int) -> None:
    colour = [60, 60, 60]
    colour[channel] = 150
    (seen,) = turned(transfer, (colour[0], colour[1], colour[2]))
    assert seen.index(max(seen)) == channel
    assert max(seen) > 2 * sorted(seen)[1]


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_a_large_picture_is_turned_as_a_small_one(transfer: Transfer) -> None:
    row = np.random.default_rng(1).integers(0, 256, (1, 600, 3), dtype=np.uint8)
    large = srgb_from_hdr(np.repeat(row, 1000, axis=0), transfer)
    assert (large == srgb_from_hdr(row, transfer)).all()
