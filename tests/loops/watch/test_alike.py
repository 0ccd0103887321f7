"""The live picture is the prepared one as long as nothing in it has changed."""

from __future__ import annotations

import random

import pytest

from edgeomni.loops.watch.alike import alike, sketch
from edgeomni.values import Image

WIDTH, HEIGHT = 320, 180


def scene(
    box: tuple[int, int] | None = None,
    colour: tuple[int, int, int] = (200, 30, 30),
    *,
    light: int = 0,
    noise: float = 0.0,
) -> Image:
    """Grey, with a square of 32 pixels at ``box``: 2 % of the picture."""
    dice = random.Random(1)
    rows = bytearray()
    for y in range(HEIGHT):
        for x in range(WIDTH):
            inside = box and box[0] <= x < box[0] + 32 and box[1] <= y < box[1] + 32
            for level in colour if inside else (120, 120, 120):
                drawn = level + light + (dice.gauss(0, noise) if noise else 0)
                rows.append(max(0, min(255, round(drawn))))
    return Image(bytes(rows), WIDTH, HEIGHT)


QUIET = sketch(scene())


def test_the_noise_of_a_camera_is_no_change() -> None:
    assert alike(QUIET, sketch(scene(noise=6)))


def test_a_little_more_light_is_no_change() -> None:
    assert alike(QUIET, sketch(scene(light=12)))


@pytest.mark.parametrize("colour", [(200, 30, 30), (120, 120, 200), (150, 150, 150)])
def test_something_small_that_comes_is_a_change(colour: tuple[int, int, int]) -> None:
    assert not alike(QUIET, sketch(scene((100, 70), colour)))


def test_something_that_moves_is_a_change() -> None:
    assert not alike(sketch(scene((100, 70))), sketch(scene((140, 70))))


def test_another_size_is_another_picture() -> None:
    assert not alike(QUIET, sketch(Image(bytes(64 * 36 * 3), 64, 36)))


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (33, 19), (640, 361)])
def test_any_size_can_be_compared(size: tuple[int, int]) -> None:
    dark, bright = (sketch(Image(bytes([v]) * (size[0] * size[1] * 3), *size)) for v in (0, 200))
    assert alike(dark, dark)
    assert not alike(dark, bright)
