"""The sample pictures that ship with the eye: shapes only, so that nobody else's art is in them."""

from __future__ import annotations

import random
from pathlib import Path

from PIL import Image as pil

from nano.drawing import Brush
from nano.scenes import HELD_OUT_PALETTE, Facts, Scene, Thing
from nano.sprites import SpriteSet

_SCALE = 4.0
SAMPLES = {
    "red-circle": Scene(
        Facts("shape", "circle", "white", "one", "large", "red"),
        (Thing("circle", "red", 64, 48, 70),),
        128,
        96,
    ),
    "three-stars": Scene(
        Facts("count", "star", "black", "three", None, "yellow"),
        (
            Thing("star", "yellow", 28, 30, 34),
            Thing("star", "yellow", 92, 36, 34),
            Thing("star", "yellow", 56, 72, 34),
        ),
        128,
        96,
    ),
    "square-and-heart": Scene(
        Facts("two", "square", "white", "one", None, "blue", "left", "heart", "red"),
        (Thing("square", "blue", 32, 48, 42), Thing("heart", "red", 96, 48, 42)),
        128,
        96,
    ),
}


def draw(folder: Path) -> None:
    """Write them as PNG; always the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    brush = Brush(HELD_OUT_PALETTE, SpriteSet({}), wear=0)
    for name, scene in SAMPLES.items():
        pixels = brush.draw(scene, random.Random(name), _SCALE)
        pil.fromarray(pixels).save(folder / f"{name}.png", optimize=True)
