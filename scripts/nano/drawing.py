"""Pixels for scenes: shapes, sprites, backgrounds, and the wear of real pictures."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pil
from PIL import ImageDraw, ImageEnhance, ImageFilter

from nano.inks import painted
from nano.restyling import restyled
from nano.scenes import HELD_OUT_PALETTE, SIDE, TRAINING_PALETTE, Palette, Rgb, Scene, Thing
from nano.sprites import CLUTTER, HELD_OUT_SETS, TRAINING_SETS, SpriteSet
from nano.vocabulary import SHAPES, UNCLEAR

Pixels = NDArray[np.uint8]
_OVER = 3
"""Shapes are drawn this much larger, then reduced: smooth edges."""
_INKED = 0.28
"""How much of what is no shape is painted from icons of one ink, where there are any."""


@dataclass(frozen=True, slots=True)
class Brush:
    """What a scene is drawn with; one brush for training, another one for measuring."""

    palette: Palette
    sprites: SpriteSet
    wear: float = 1.0
    """How often pictures are blurred, compressed, noisy; 0 never."""
    variety: float = 1.0
    """How much oftener sprites get other colours and lean: few drawings must stand for many."""
    restyling: bool = False
    """Whether sprites are drawn as other hands might have drawn them."""

    def draw(self, scene: Scene, rng: random.Random, scale: float = 1.0) -> Pixels:
        """The picture, uint8 (height, width, 3), without letterbox."""
        size = (round(scene.width * scale), round(scene.height * scale))
        picture = self._background(scene.facts.background, size, rng)
        for thing in scene.things:
            self._put(picture, thing, rng, scale)
        return _worn(picture, rng, self.wear)

    def _background(self, colour: str, size: tuple[int, int], rng: random.Random) -> pil.Image:
        near = np.array(self.palette.draw(colour, rng), np.float32)
        if rng.random() < 0.5:
            return pil.new("RGB", size, tuple(int(v) for v in near))
        far, turn = near + rng.uniform(-22, 22), rng.uniform(0, 2 * math.pi)
        y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32) / max(size) - 0.5
        ramp = (
            np.cos(turn) * x + np.sin(turn) * y + 0.5
            if rng.random() < 0.7
            else 1.4 * np.hypot(x, y)
        )
        mixed = near + (far - near) * ramp[..., None]
        return pil.fromarray(np.clip(mixed, 0, 255).astype(np.uint8))

    def _put(self, picture: pil.Image, thing: Thing, rng: random.Random, scale: float) -> None:
        side = max(4, round(thing.side * scale))
        middle = round(thing.x * scale), round(thing.y * scale)
        if thing.colour:
            drawn = self._shape(thing, side, rng)
        else:
            drawn = self._sprite(thing, side, rng, _colour_at(picture, middle))
        corner = round(thing.x * scale - drawn.width / 2), round(thing.y * scale - drawn.height / 2)
        picture.paste(drawn, corner, drawn)

    def _shape(self, thing: Thing, side: int, rng: random.Random) -> pil.Image:
        assert thing.colour
        return shape(thing.noun, self.palette.draw(thing.colour, rng), side, rng)

    def _sprite(
        self, thing: Thing, side: int, rng: random.Random, behind: NDArray[np.float32]
    ) -> pil.Image:
        if thing.noun == UNCLEAR and rng.random() < 0.4:
            colour = tuple(rng.randrange(256) for _ in range(3))
            return shape(rng.choice(SHAPES), (colour[0], colour[1], colour[2]), side, rng)
        name = CLUTTER if thing.noun == UNCLEAR else thing.noun
        inked = bool(self.sprites.inks) and rng.random() < _INKED
        if inked:
            drawn = painted(rng.choice(self.sprites.inks[name]), rng, behind)
        else:
            drawn = rng.choice(self.sprites.by_noun[name])
        if rng.random() < 0.5:
            drawn = drawn.transpose(pil.Transpose.FLIP_LEFT_RIGHT)
        if not inked and rng.random() < 0.4 * self.wear * self.variety:
            drawn = _tinted(drawn, rng)
        if self.restyling:
            drawn = restyled(drawn, rng, flat=inked)
        if rng.random() < 0.6:
            drawn = drawn.rotate(rng.uniform(-15, 15), pil.Resampling.BILINEAR)
        if rng.random() < 0.3 * self.wear * self.variety:
            drawn = _leaning(drawn, rng)
        wide, high = side, round(side * rng.uniform(0.8, 1)) if rng.random() < 0.5 else side
        if rng.random() < 0.25 * self.wear:
            wide, high = high, wide
        return drawn.resize((wide, high), pil.Resampling.BICUBIC)


def _colour_at(picture: pil.Image, place: tuple[int, int]) -> NDArray[np.float32]:
    x, y = (min(v, side - 1) for v, side in zip(place, picture.size, strict=True))
    return np.asarray(picture.crop((x, y, x + 1, y + 1)), np.float32)[0, 0]


def training_brush(folder: Path) -> Brush:
    drawings = SpriteSet.load(folder, TRAINING_SETS)
    return Brush(TRAINING_PALETTE, drawings, variety=1.6, restyling=True)


def held_out_brush(folder: Path) -> Brush:
    """Sprites and colour values that training never sees."""
    drawings = SpriteSet.load(folder, HELD_OUT_SETS)
    return Brush(HELD_OUT_PALETTE, drawings, wear=0.5)


def _tinted(drawing: pil.Image, rng: random.Random) -> pil.Image:
    """Other colours of the same thing: hue turned, or paler."""
    alpha = drawing.getchannel("A")
    colours = drawing.convert("RGB")
    if rng.random() < 0.5:
        hue, saturation, value = colours.convert("HSV").split()
        shift = rng.randrange(256) if rng.random() < 0.5 else rng.randrange(-20, 21)
        hue = hue.point([(i + shift) % 256 for i in range(256)])
        colours = pil.merge("HSV", (hue, saturation, value)).convert("RGB")
    else:
        colours = ImageEnhance.Color(colours).enhance(rng.uniform(0, 1.6))
        colours = ImageEnhance.Brightness(colours).enhance(rng.uniform(0.6, 1.25))
    colours.putalpha(alpha)
    return colours


def _leaning(drawing: pil.Image, rng: random.Random) -> pil.Image:
    """Sheared a little about its middle."""
    lean, middle = rng.uniform(-0.2, 0.2), drawing.height / 2
    return drawing.transform(
        drawing.size,
        pil.Transform.AFFINE,
        (1, lean, -lean * middle, 0, 1, 0),
        pil.Resampling.BILINEAR,
    )


def shape(noun: str, colour: Rgb, side: int, rng: random.Random) -> pil.Image:
    """One of SHAPES, RGBA, slightly turned."""
    large = side * _OVER
    drawing = pil.new("RGBA", (large, large))
    turn = 0.0 if rng.random() < 0.4 else math.radians(rng.uniform(-12, 12))
    draw, m = ImageDraw.Draw(drawing), large / 2
    if noun in ("circle", "ring"):
        draw.ellipse((0, 0, large - 1, large - 1), fill=colour)
        if noun == "ring":
            inner = m * rng.uniform(0.45, 0.72)
            draw.ellipse((m - inner, m - inner, m + inner, m + inner), fill=(0, 0, 0, 0))
    else:
        draw.polygon([_turned(p, turn, m) for p in _outline(noun, rng)], fill=colour)
    return drawing.resize((side, side), pil.Resampling.BOX)


def _turned(point: tuple[float, float], turn: float, middle: float) -> tuple[float, float]:
    x, y = point
    shrink = 1 / (1 + 0.3 * abs(turn) / math.radians(12))  # so that no corner is cut off
    return (
        middle + middle * shrink * (x * math.cos(turn) - y * math.sin(turn)),
        middle + middle * shrink * (x * math.sin(turn) + y * math.cos(turn)),
    )


def _outline(noun: str, rng: random.Random) -> list[tuple[float, float]]:
    """Corners within [-1, 1], y downwards."""
    match noun:
        case "square":
            return [(-0.95, -0.95), (0.95, -0.95), (0.95, 0.95), (-0.95, 0.95)]
        case "triangle":
            return [(rng.uniform(-0.15, 0.15), -0.95), (0.97, 0.85), (-0.97, 0.85)]
        case "diamond":
            wide = rng.uniform(0.62, 0.85)
            return [(0, -1), (wide, 0), (0, 1), (-wide, 0)]
        case "cross":
            arm = rng.uniform(0.24, 0.38)
            quarter = [(arm, -0.95), (arm, -arm), (0.95, -arm)]
            return [_quarters(p, k) for k in range(4) for p in quarter]
        case "star":
            inner = rng.uniform(0.36, 0.46)
            return [
                (r * math.sin(k * math.pi / 5), -r * math.cos(k * math.pi / 5))
                for k in range(10)
                for r in [inner if k % 2 else 1.0]
            ]
        case "heart":  # the usual sum of sines, scaled to fit
            return [_heart(2 * math.pi * k / 60) for k in range(60)]
    raise ValueError(f"{noun} has no outline")


def _quarters(point: tuple[float, float], times: int) -> tuple[float, float]:
    x, y = point
    for _ in range(times):
        x, y = -y, x
    return x, y


def _heart(t: float) -> tuple[float, float]:
    y = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
    return math.sin(t) ** 3, -(y + 2.5) / 15.5


def _worn(picture: pil.Image, rng: random.Random, wear: float) -> Pixels:
    if rng.random() < 0.3 * wear:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.1)))
    if rng.random() < 0.15 * wear:
        file = BytesIO()
        picture.save(file, "JPEG", quality=rng.randint(35, 92))
        picture = pil.open(file).convert("RGB")
    pixels = np.asarray(picture)
    if rng.random() < 0.5 * wear:
        gain = np.array([rng.uniform(0.92, 1.06) for _ in range(3)], np.float32)
        pixels = np.clip(pixels * gain + rng.uniform(-8, 8), 0, 255).astype(np.uint8)
    if rng.random() < 0.35 * wear:
        noise = np.random.default_rng(rng.getrandbits(32)).standard_normal(
            pixels.shape[:2], np.float32
        )
        grain = noise[..., None] * rng.uniform(1, 9)
        pixels = np.clip(pixels + grain, 0, 255).astype(np.uint8)
    return pixels


def fitted(pixels: Pixels) -> Pixels:
    """Stretched to SIDE x SIDE, as libmtmd does for this projector."""
    picture = pil.fromarray(pixels)
    return np.asarray(picture.resize((SIDE, SIDE), pil.Resampling.BICUBIC))
