"""What is drawn from which package."""

import json
import random

import numpy as np
from PIL import Image as pil

from nano import sprites
from nano.drawing import Brush
from nano.restyling import restyled
from nano.scenes import TRAINING_PALETTE, Facts, Scene, Thing
from nano.sprites import HELD_OUT_SETS, ICON_SETS, INK_SETS, SIDE, TRAINING_SETS, SpriteSet
from nano.vocabulary import EMOJI, THINGS


def test_no_set_of_training_is_one_of_measuring_or_descends_from_it() -> None:
    for name, package in TRAINING_SETS.items():
        assert name not in HELD_OUT_SETS
        assert "emojione" not in package and "emojitwo" not in package


def test_icons_are_chosen_for_every_set_of_icons_and_for_things_only() -> None:
    chosen = json.loads(sprites._CHOSEN.read_text())
    packages = (ICON_SETS | INK_SETS).values()
    assert set(chosen) == {package.split("/")[1].split("@")[0] for package in packages}
    for icons in chosen.values():
        assert set(icons) <= set(THINGS)
        assert all(names.split() for names in icons.values())


def test_every_thing_has_a_character() -> None:
    assert set(EMOJI) == set(THINGS)


def test_drawings_of_one_ink_are_painted_and_kept_apart() -> None:
    drawing = pil.new("RGBA", (SIDE, SIDE), (255, 0, 255, 255))
    ink = np.zeros((SIDE, SIDE, 2), np.uint8)
    ink[..., 0] = 255
    brush = Brush(TRAINING_PALETTE, SpriteSet({"dog": (drawing,)}, {"dog": (ink,)}), wear=0)
    thing = Thing("dog", None, x=64, y=48, side=60)
    scene = Scene(Facts("sprite", "dog", "white", "one", "large"), (thing,), 128, 96)
    middles = [brush.draw(scene, random.Random(seed))[48, 64] for seed in range(30)]
    magenta = sum(np.abs(middle.astype(int) - (255, 0, 255)).max() < 5 for middle in middles)
    assert 10 < magenta < 28


def test_a_restyled_drawing_keeps_its_size_and_most_of_its_place() -> None:
    drawing = pil.new("RGBA", (SIDE, SIDE))
    drawing.paste((200, 40, 40, 255), (10, 10, 80, 80))
    drawing.paste((20, 40, 240, 255), (30, 30, 60, 60))
    for seed in range(60):
        made = restyled(drawing, random.Random(seed), flat=False)
        assert made.size == drawing.size and made.mode == "RGBA"
        assert made.getpixel((45, 45))[3] > 200
