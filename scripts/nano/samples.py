"""The samples that ship with the eye, pictures and a film: shapes only, nobody else's art."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import av
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
_EMPTY = Scene(Facts("empty", "", "white"), (), 128, 96)
_SQUARE = Scene(
    Facts("shape", "square", "white", "one", "large", "blue"),
    (Thing("square", "blue", 32, 48, 42),),
    128,
    96,
)
_STARS = Scene(
    Facts("count", "star", "white", "three", None, "yellow"),
    SAMPLES["three-stars"].things,
    128,
    96,
)
FILM = (
    (4.0, _EMPTY),
    (5.0, _SQUARE),
    (5.0, SAMPLES["square-and-heart"]),
    (5.0, SAMPLES["red-circle"]),
    (5.0, _STARS),
    (4.0, _EMPTY),
)
"""Seconds of each scene: something to watch."""
_FRAMES = 10
"""A second."""
_SEED = 7
"""Of what a scene leaves open: one background for all of them."""


def draw(folder: Path) -> None:
    """Write pictures as PNG, always the same bytes, and the film."""
    folder.mkdir(parents=True, exist_ok=True)
    brush = Brush(HELD_OUT_PALETTE, SpriteSet({}), wear=0)
    _shoot(folder / "scenes.mp4", brush)
    for name, scene in SAMPLES.items():
        pixels = brush.draw(scene, random.Random(name), _SCALE)
        pil.fromarray(pixels).save(folder / f"{name}.png", optimize=True)


def _shoot(path: Path, brush: Brush) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            "libx264", rate=_FRAMES, options={"crf": "26", "threads": "1"}
        )
        stream.width, stream.height, stream.pix_fmt = 512, 384, "yuv420p"
        stream.time_base = Fraction(1, _FRAMES)
        for seconds, scene in FILM:
            pixels = brush.draw(scene, random.Random(_SEED), _SCALE)
            for _ in range(round(seconds * _FRAMES)):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
