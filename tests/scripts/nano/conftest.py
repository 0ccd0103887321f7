"""Sprites that need no download."""

import pytest
from PIL import Image as pil

from nano.drawing import Brush
from nano.scenes import TRAINING_PALETTE
from nano.sprites import CLUTTER, SIDE, SpriteSet
from nano.vocabulary import THINGS


@pytest.fixture(scope="session")
def brush() -> Brush:
    """Every thing is a magenta square: colours that no palette draws."""
    drawing = pil.new("RGBA", (SIDE, SIDE), (255, 0, 255, 255))
    sprites = SpriteSet(dict.fromkeys((*THINGS, CLUTTER), (drawing,)))
    return Brush(TRAINING_PALETTE, sprites, wear=0)
