"""What changes in every frame of a camera though nothing happens: noise, flicker, exposure."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pil

from benchmarks.watch.drawing import Luma

Flicker = Literal["none", "global", "rolling"]
_READOUT = 0.03
"""Seconds in which a sensor reads all of its rows: three periods of 100 Hz."""
_MARGIN = 64


@dataclass(frozen=True)
class Weather:
    """How far a camera and its surroundings are from perfect."""

    sigma: float = 2.0
    """Of the noise of a pixel, in levels."""
    flicker: Flicker = "none"
    depth: float = 0.07
    """Of the flicker, as a share of the light."""
    mains: float = 50.0
    """Hertz."""
    light: float = 1.0
    """Share of full light: below 0.5 it is dim."""
    drift: float = 0.0
    """By which share exposure wanders up and down, in 25 s."""
    steps: float = 0.0
    """By which share exposure jumps, every 7 s."""
    jpeg: int | None = None
    """Quality, when every frame is packed and unpacked again."""
    plants: int = 0
    """That wave in the wind."""
    cloud: float = 0.0
    """By which share its shadow, as wide as half of the picture, takes light away."""


class Sky:
    """Makes frames of pictures."""

    def __init__(self, weather: Weather, chance: np.random.Generator, shape: tuple[int, int]):
        self._weather, self._chance = weather, chance
        self._rows, self._columns = shape
        larger = (shape[0] + _MARGIN, shape[1] + _MARGIN)
        bank = chance.standard_normal((4, *larger), np.float32)
        self._noise = bank * np.float32(weather.sigma)
        self._phase = chance.uniform(0, 2 * math.pi)

    def frame(self, picture: Luma, at: float, wobble: float = 0.0) -> NDArray[np.uint8]:
        """``picture`` at second ``at``; ``wobble`` is what exposure is off by, as a share."""
        weather = self._weather
        lit = picture * (self._rows_light(at) * np.float32(1 + wobble))
        if weather.cloud:
            lit *= self._cloud(at)
        lit += self._some_noise()
        np.clip(lit, 0, 255, out=lit)
        frame = np.rint(lit, out=lit).astype(np.uint8)
        return _packed(frame, weather.jpeg) if weather.jpeg else frame

    def _rows_light(self, at: float) -> Luma:
        """Of every row, rows x 1."""
        weather = self._weather
        light = weather.light * (1 + weather.drift * math.sin(2 * math.pi * at / 25))
        light *= 1 + weather.steps * (-1) ** int(at / 7)
        when = np.full((self._rows, 1), at, np.float64)
        if weather.flicker == "rolling":
            when = when + np.linspace(0, _READOUT, self._rows)[:, None]
        if weather.flicker != "none":
            wave = np.sin(2 * math.pi * 2 * weather.mains * 1.003 * when + self._phase)
            light = light * (1 + weather.depth * wave)
        return np.full((self._rows, 1), light, np.float32)

    def _cloud(self, at: float) -> Luma:
        middle = (at / 20 % 1.6 - 0.3) * self._columns
        away = (np.arange(self._columns) - middle) / (self._columns / 4)
        light: Luma = (1 - self._weather.cloud * np.exp(-(away**2))).astype(np.float32)
        return light

    def _some_noise(self) -> Luma:
        plane, y, x = self._chance.integers(0, (len(self._noise), _MARGIN, _MARGIN))
        return self._noise[plane, y : y + self._rows, x : x + self._columns]


def _packed(frame: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    file = io.BytesIO()
    pil.fromarray(frame).save(file, "JPEG", quality=quality)
    return np.asarray(pil.open(file))
