"""The same drawing as other hands might have made it: outlines, flat colours, another view."""

from __future__ import annotations

import random

import numpy as np
from PIL import Image as pil
from PIL import ImageFilter, ImageOps


def restyled(drawing: pil.Image, rng: random.Random, *, flat: bool) -> pil.Image:
    """RGBA to RGBA of the same size; ``flat`` drawings have no shades to lose."""
    if not flat and rng.random() < 0.2:
        drawing = _repainted(drawing, rng) if rng.random() < 0.6 else _fewer_colours(drawing, rng)
    if rng.random() < 0.18:
        drawing = _outlined(drawing, rng)
    if rng.random() < 0.12:
        drawing = drawing.filter(ImageFilter.ModeFilter(rng.choice((3, 5))))
    if rng.random() < 0.25:
        drawing = _from_aside(drawing, rng)
    return drawing


def _repainted(drawing: pil.Image, rng: random.Random) -> pil.Image:
    """Every one of its main colours turned into another hue, the lightness kept."""
    areas = np.asarray(drawing.convert("RGB").quantize(rng.randint(3, 8), kmeans=0))
    hue, saturation, value = (np.asarray(band) for band in _hsv(drawing))
    turns = np.array([rng.randrange(256) for _ in range(256)], np.uint8)
    fades = np.array([rng.uniform(0.5, 1.3) for _ in range(256)], np.float32)
    paler = np.clip(saturation * fades[areas], 0, 255).astype(np.uint8)
    bands = (pil.fromarray(band) for band in (hue + turns[areas], paler, value))
    return _with_alpha(pil.merge("HSV", tuple(bands)).convert("RGB"), drawing)


def _hsv(drawing: pil.Image) -> tuple[pil.Image, ...]:
    return drawing.convert("RGB").convert("HSV").split()


def _fewer_colours(drawing: pil.Image, rng: random.Random) -> pil.Image:
    colours = drawing.convert("RGB")
    if rng.random() < 0.5:
        return _with_alpha(ImageOps.posterize(colours, rng.randint(1, 3)), drawing)
    return _with_alpha(colours.quantize(rng.randint(3, 6)).convert("RGB"), drawing)


def _outlined(drawing: pil.Image, rng: random.Random) -> pil.Image:
    """A line around it, mostly dark, sometimes white as a sticker's."""
    side = drawing.width
    room = rng.choice((4, 6, 8))
    small = drawing.resize((side - 2 * room, side - 2 * room), pil.Resampling.BILINEAR)
    inner = pil.new("RGBA", drawing.size)
    inner.paste(small, (room, room))
    width = rng.choice((3, 5, 5, 7))
    grown = inner.getchannel("A").filter(ImageFilter.MaxFilter(width))
    shade = 255 if rng.random() < 0.3 else rng.randrange(60)
    line = pil.new("RGBA", drawing.size, (shade, shade, shade, 0))
    line.putalpha(grown)
    return pil.alpha_composite(line, inner)


def _from_aside(drawing: pil.Image, rng: random.Random) -> pil.Image:
    """Its corners pulled apart a little, as in perspective."""
    side, far = drawing.width, 0.13 * drawing.width
    corners = ((0, 0), (0, side), (side, side), (side, 0))
    quad = [v + rng.uniform(-far, far) for corner in corners for v in corner]
    return drawing.transform(drawing.size, pil.Transform.QUAD, tuple(quad), pil.Resampling.BILINEAR)


def _with_alpha(colours: pil.Image, drawing: pil.Image) -> pil.Image:
    colours.putalpha(drawing.getchannel("A"))
    return colours
