"""Pixels are what the scene says."""

import random

import numpy as np
import pytest

from nano.drawing import Brush, fitted, shape
from nano.scenes import Facts, Scene, Thing, sample
from nano.vocabulary import SHAPES


def test_a_shape_is_drawn_in_its_colour_at_its_place(brush: Brush) -> None:
    thing = Thing("square", "red", x=30, y=60, side=40)
    made = Scene(Facts("shape", "square", "white", "one", "large", "red"), (thing,), 128, 96)
    pixels = brush.draw(made, random.Random(1))
    assert pixels.shape == (96, 128, 3)
    red, green, blue = (int(v) for v in pixels[60, 30])
    assert red > 150 > 90 > max(green, blue)
    assert pixels[60, 90].min() > 200


def test_a_larger_scale_shows_the_same_scene(brush: Brush) -> None:
    made = sample(random.Random(3), {"sprite": 1})
    large = brush.draw(made, random.Random(3), scale=4)
    assert large.shape == (made.height * 4, made.width * 4, 3)
    thing = made.things[0]
    middle = large[round(thing.y * 4), round(thing.x * 4)].astype(int)
    assert np.abs(middle - (255, 0, 255)).max() < 40


@pytest.mark.parametrize("noun", SHAPES)
def test_every_shape_fills_a_part_of_its_square(noun: str) -> None:
    drawing = shape(noun, (10, 20, 30), 60, random.Random(2))
    covered = np.asarray(drawing.getchannel("A")).mean() / 255
    assert 0.15 < covered < 0.97


def test_shapes_differ_from_each_other() -> None:
    outlines = {shape(noun, (0, 0, 0), 40, random.Random(4)).tobytes() for noun in SHAPES}
    assert len(outlines) == len(SHAPES)


def test_any_picture_is_stretched_to_a_square() -> None:
    halves = np.zeros((96, 192, 3), np.uint8)
    halves[:, 96:] = 200
    whole = fitted(halves)
    assert whole.shape == (128, 128, 3)
    assert whole[:, :60].max() == 0 and whole[:, 68:].min() == 200


def test_a_seed_draws_one_picture(brush: Brush) -> None:
    def drawn(seed: int) -> bytes:
        rng = random.Random(seed)
        return brush.draw(sample(rng, {"two": 1}), rng).tobytes()

    assert drawn(7) == drawn(7) != drawn(8)
