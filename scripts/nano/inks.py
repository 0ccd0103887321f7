"""Icons of one ink: what encloses what, and how they are painted in ever other colours."""

from __future__ import annotations

import colorsys
import random

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pil
from PIL import ImageFilter

Rgb = NDArray[np.float32]
_LINE, _DRAWN = 140, 25
"""Coverage from which a pixel is a line, and from which it is a part of the drawing at all."""
_LEAST_REGION = 10
"""Pixels; what is smaller belongs to its neighbour."""
_MOST_REGIONS = 12
_APART = 90.0
"""Distance in RGB that what is painted keeps from what is behind it."""


def with_regions(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Coverage (side, side) to (side, side, 2): coverage, and which enclosed region a pixel is in.

    Region 0 is outside. Lines belong to the nearest region, so that colours meet under them.
    """
    from skimage import measure, morphology, segmentation

    around = np.pad(ink < _DRAWN, 1, constant_values=True)
    outside = morphology.flood(around, (0, 0), connectivity=1)[1:-1, 1:-1]
    inner = morphology.erosion(~outside & (ink <= _LINE), morphology.diamond(1))
    labels = measure.label(inner, connectivity=1)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    largest = [k for k in np.argsort(-sizes)[:_MOST_REGIONS] if sizes[k] >= _LEAST_REGION]
    regions = np.zeros_like(labels)
    for number, k in enumerate(largest, 1):
        regions[labels == k] = number
    regions = np.where(outside, 0, segmentation.expand_labels(regions, 2 * len(ink)))
    return np.stack([ink, regions.astype(np.uint8)], -1)


def painted(drawing: NDArray[np.uint8], rng: random.Random, behind: Rgb) -> pil.Image:
    """RGBA; ``drawing`` is one of ``with_regions``, ``behind`` the colour it will stand on."""
    ink, regions = _thickened(drawing[..., 0], rng), drawing[..., 1]
    if regions.any() and rng.random() < 0.75:
        return _filled(ink, regions, rng, behind)
    colours = _shaded(_colour(rng, behind), ink.shape, rng)
    if rng.random() < 0.3:
        colours = _split(colours, _shaded(_colour(rng, behind), ink.shape, rng), rng)
    return _image(colours, ink)


def _filled(
    ink: NDArray[np.uint8], regions: NDArray[np.uint8], rng: random.Random, behind: Rgb
) -> pil.Image:
    """Lines over areas: all areas alike, or some of them in colours of their own."""
    main = _colour(rng, behind)
    number = int(regions.max())
    own = rng.random() < 0.6
    table = np.stack(
        [main] + [_colour(rng, None) if own and rng.random() < 0.5 else main for _ in range(number)]
    )
    areas: Rgb = table[regions] * _shades(ink.shape, rng)[..., None]
    if rng.random() < 0.2:
        areas = _split(areas, np.broadcast_to(_colour(rng, behind), areas.shape), rng)
    kind = rng.random()
    if kind < 0.45:
        line = main * rng.uniform(0.15, 0.6)
    elif kind < 0.65:
        line = np.full(3, rng.uniform(0, 50), np.float32)
    else:
        line = _colour(rng, behind)
        if kind < 0.85:
            areas = areas * 0.3 + 255 * 0.7
    over = (ink / np.float32(255))[..., None]
    inside = np.asarray(pil.fromarray(255 * (regions > 0).astype(np.uint8)).filter(_INWARD))
    return _image(areas * (1 - over) + line * over, np.maximum(ink, inside))


_INWARD = ImageFilter.MinFilter(3)


def _thickened(ink: NDArray[np.uint8], rng: random.Random) -> NDArray[np.uint8]:
    """Lines as they are, wider, or narrower."""
    kind = rng.random()
    if kind > 0.4:
        return ink
    changed = ImageFilter.MaxFilter(3) if kind < 0.27 else ImageFilter.MinFilter(3)
    other = np.asarray(pil.fromarray(ink).filter(changed))
    return other if other.sum() > 0.5 * ink.sum() else ink


def _colour(rng: random.Random, behind: Rgb | None) -> Rgb:
    """Any colour that stands out from what is behind."""
    while True:
        grey = rng.random() < 0.15
        saturation = rng.uniform(0, 0.15) if grey else rng.uniform(0.35, 1)
        value = rng.uniform(0, 1) if grey else rng.uniform(0.3, 1)
        drawn = np.array(colorsys.hsv_to_rgb(rng.random(), saturation, value), np.float32) * 255
        if behind is None or np.linalg.norm(drawn - behind) > _APART:
            return drawn


def _shaded(colour: Rgb, shape: tuple[int, ...], rng: random.Random) -> Rgb:
    return colour * _shades(shape, rng)[..., None]


def _shades(shape: tuple[int, ...], rng: random.Random) -> Rgb:
    """Brightness from one side to the other."""
    if rng.random() < 0.5:
        return np.ones(shape, np.float32)
    ramp = np.linspace(1, rng.uniform(0.65, 1), shape[0], dtype=np.float32)
    if rng.random() < 0.3:
        ramp = ramp[::-1]
    down = np.broadcast_to(ramp[:, None], shape)
    return down if rng.random() < 0.7 else down.T


def _split(one: Rgb, other: Rgb, rng: random.Random) -> Rgb:
    """One colour above a line, another below, as cakes and mushrooms have them."""
    row = round(one.shape[0] * rng.uniform(0.25, 0.75))
    return np.concatenate([one[:row], other[row:]])


def _image(colours: NDArray[np.floating], alpha: NDArray[np.uint8]) -> pil.Image:
    image = pil.fromarray(np.clip(colours, 0, 255).astype(np.uint8))
    image.putalpha(pil.fromarray(np.ascontiguousarray(alpha)))
    return image
