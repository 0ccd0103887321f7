"""A page on which nothing stands is told from one on which hardly anything does."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from edgeomni.vision.blank import is_blank

SIZE = 1240, 1754
"""A4 at 150 pixels an inch."""


def page(colour: tuple[int, int, int] = (255, 255, 255)) -> Image.Image:
    return Image.new("RGB", SIZE, colour)


def noisy(picture: Image.Image, levels: float) -> Image.Image:
    noise = np.random.default_rng(1).normal(0, levels, (*SIZE[::-1], 3))
    return Image.fromarray(np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8))


def blank(picture: Image.Image) -> bool:
    return is_blank(picture.tobytes(), *picture.size)


def written(
    text: str, size: int, ink: tuple[int, int, int] = (0, 0, 0), at: tuple[int, int] = (600, 1650)
) -> Image.Image:
    made = page()
    ImageDraw.Draw(made).text(at, text, ink, ImageFont.load_default(size))
    return made


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (240, 230, 200)])
def test_a_page_of_one_colour_is_blank(colour: tuple[int, int, int]) -> None:
    assert blank(page(colour))


@pytest.mark.parametrize("levels", [2, 8])
def test_the_noise_of_a_scanner_is_no_ink(levels: float) -> None:
    assert blank(noisy(page((245, 244, 240)), levels))


def test_paper_may_be_darker_towards_an_edge() -> None:
    shade = np.linspace(255, 215, SIZE[0])[None, :, None]
    shaded = Image.fromarray(np.broadcast_to(shade, (SIZE[1], SIZE[0], 3)).astype(np.uint8))
    assert blank(noisy(shaded, 3))


@pytest.mark.parametrize("at", [(600 + dx, 1650 + dy) for dx in range(4) for dy in range(4)])
@pytest.mark.parametrize("figure", ["1", "7"])
def test_a_thin_figure_of_14_pixels_is_ink_wherever_it_stands(
    figure: str, at: tuple[int, int]
) -> None:
    assert not blank(written(figure, 14, at=at))


def test_a_speck_of_dust_is_no_ink() -> None:
    made = page()
    for at in ((100, 100), (801, 702), (1201, 1703)):
        ImageDraw.Draw(made).rectangle((*at, at[0] + 3, at[1] + 3), (60, 60, 60))
    assert blank(made)


@pytest.mark.parametrize("text", ["7", "1", "page 3"])
def test_the_number_of_a_page_is_ink(text: str) -> None:
    assert not blank(written(text, 24))


@pytest.mark.parametrize("ink", [(190, 190, 190), (0, 0, 255), (255, 200, 200)])
def test_pale_and_coloured_letters_are_ink(ink: tuple[int, int, int]) -> None:
    assert not blank(written("so faint", 24, ink))


def test_letters_under_noise_are_ink() -> None:
    assert not blank(noisy(written("a few words", 20), 8))


def test_small_print_at_the_very_edge_is_ink() -> None:
    assert not blank(written("edge", 14, at=(1205, 1738)))


def test_two_colours_side_by_side_are_a_picture() -> None:
    made = page()
    made.paste((0, 0, 0), (640, 0, 1240, 1754))
    assert not blank(made)


def test_of_a_very_small_picture_nothing_is_said() -> None:
    assert not is_blank(b"\xff\xff\xff", 1, 1)
