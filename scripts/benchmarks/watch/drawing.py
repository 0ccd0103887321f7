"""Backgrounds, objects and light, drawn with numpy: textured, as a camera would give them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pil

Luma = NDArray[np.float32]
"""Rows x columns, in levels of 256."""

_OCTAVES = ((6, 40.0), (24, 22.0), (96, 14.0), (320, 7.0))
"""Patches across the picture, and how much they differ: half the spread, in levels."""
_CONTRAST = (32.0, 80.0)
"""Levels between an object and what is behind it, in the mean."""


def texture(chance: np.random.Generator, width: int, height: int, size: float = 1.0) -> Luma:
    """Patches of several sizes with a mean of 0; ``size`` takes all amplitudes down."""
    summed = np.zeros((height, width), np.float32)
    for across, spread in _OCTAVES:
        down = max(2, round(across * height / width))
        patches = chance.uniform(-spread * size, spread * size, (down, across))
        image = pil.fromarray(patches.astype(np.float32))
        summed += np.asarray(image.resize((width, height), pil.Resampling.BICUBIC))
    return summed


def background(chance: np.random.Generator, width: int, height: int) -> Luma:
    """Patches and the edges of furniture, about a middle grey."""
    scene = texture(chance, width, height) + np.float32(115)
    for _ in range(10):
        w, h = (int(chance.uniform(0.05, 0.3) * side) for side in (width, height))
        x, y = int(chance.integers(0, width - w)), int(chance.integers(0, height - h))
        scene[y : y + h, x : x + w] += np.float32(chance.choice((-1, 1)) * chance.uniform(20, 45))
    clipped: Luma = np.clip(scene, 8, 247)
    return clipped


@dataclass(eq=False)
class Thing:
    """Something that is in front of the background."""

    luma: Luma
    alpha: Luma
    x: float = 0.0
    """Of its left upper corner, in pixels of the picture."""
    y: float = 0.0

    def contrast(self, behind: Luma) -> float:
        """Levels between it and what it hides, in the mean; it lies within the picture."""
        x, y = round(self.x), round(self.y)
        height, width = self.luma.shape
        return float(np.abs(self.luma - behind[y : y + height, x : x + width]).mean())

    def draw(self, picture: Luma) -> None:
        """As far as it is within the picture; in whole pixels."""
        x, y = round(self.x), round(self.y)
        height, width = self.luma.shape
        left, top = max(0, -x), max(0, -y)
        right, bottom = min(width, picture.shape[1] - x), min(height, picture.shape[0] - y)
        if right <= left or bottom <= top:
            return
        part = picture[y + top : y + bottom, x + left : x + right]
        alpha = self.alpha[top:bottom, left:right]
        part += alpha * (self.luma[top:bottom, left:right] - part)


def thing(chance: np.random.Generator, behind: Luma, share: float, tall: float) -> Thing:
    """Takes ``share`` of the picture's area; ``tall`` times as high as wide.

    It stands where it differs from what is behind it as much as objects do that a person sees.
    """
    area = share * behind.size
    round_one = bool(chance.integers(2))
    if round_one:
        area *= 4 / np.pi
    width = max(4, round((area / tall) ** 0.5))
    height = min(behind.shape[0] - 2, max(4, round(area / width)))
    x = int(chance.integers(0, behind.shape[1] - width))
    y = int(chance.integers(0, behind.shape[0] - height))
    mean = float(behind[y : y + height, x : x + width].mean())
    apart = chance.uniform(*_CONTRAST) * (1 if mean < 115 else -1)
    luma = np.clip(texture(chance, width, height, 0.4) + np.float32(mean + apart), 4, 251)
    return Thing(luma, _alpha(width, height, round_one), x, y)


def _alpha(width: int, height: int, round_one: bool) -> Luma:
    """Edges are two pixels wide, as a lens makes them."""
    across = np.abs(np.linspace(-1, 1, width, dtype=np.float32))[None, :]
    down = np.abs(np.linspace(-1, 1, height, dtype=np.float32))[:, None]
    if round_one:
        inside = (1 - np.hypot(across, down)) * (min(width, height) / 2)
    else:
        inside = np.minimum((1 - across) * (width / 2), (1 - down) * (height / 2))
    alpha: Luma = np.clip(inside / 2 + 0.25, 0, 1).astype(np.float32)
    return alpha
