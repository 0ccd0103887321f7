"""What is in front of the camera, as a picture without noise."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.watch.drawing import Luma, Thing, background, thing

_WIDER = 2.0
"""How much wider than the picture the background is: room for pans."""
_BLUR = 5
"""Pictures that make one frame while the camera turns; the shutter is open for half of it."""
_APART = 20
"""Pixels between two things: a plant swings by less."""
_TRIES = 60
_PLANT = 0.02
"""Share of the picture that a plant takes."""


class Stage:
    """A background, things and light, which acts change."""

    def __init__(self, chance: np.random.Generator, size: tuple[int, int], plants: int) -> None:
        self.chance = chance
        self.width, self.height = size
        self.things: list[Thing] = []
        self.person: Thing | None = None
        self.light: Luma = np.ones((1, 1), np.float32)
        self.left = 0.0
        """Of the picture within the background, in pixels."""
        self.turned = 0.0
        """Pixels by which the camera turned since the last frame."""
        self._still: Luma | None = None
        self._plants: list[Thing] = []
        self.renew()
        self._plants = [self._leaves() for _ in range(plants)]

    def renew(self) -> None:
        """Another place."""
        self.things, self.person, self.left = [], None, 0.0
        self.light = np.ones((1, 1), np.float32)
        self._wide = background(self.chance, int(self.width * _WIDER), self.height)

    @property
    def room(self) -> float:
        """Pixels that the camera can turn to the right of the background's left edge."""
        return float(self._wide.shape[1] - self.width)

    def thing(self, least: float, most: float, tall: float | None = None) -> Thing:
        """Something new, between these shares of the picture's area; nothing hides it."""
        tall = tall or float(self.chance.uniform(0.6, 1.6))
        share = self.chance.uniform(least, most)
        for _ in range(_TRIES):
            new = thing(self.chance, self._crop(self.left), share, tall)
            if self._is_clear(new):
                break
        return new

    def most_striking(self) -> Thing | None:
        """Of the things that are in the picture with nothing in front of them."""
        alone = [each for each in self.things if self._is_clear(each)]
        behind = self._crop(self.left)
        return max(alone, key=lambda each: each.contrast(behind), default=None)

    def _is_clear(self, thing: Thing) -> bool:
        (x, y), (height, width) = (thing.x, thing.y), thing.luma.shape
        if x < 0 or x + width > self.width:
            return False
        x, width = x - _APART, width + 2 * _APART
        others = [*self.things, *self._plants, *((self.person,) if self.person else ())]
        return not any(
            other is not thing
            and x < other.x + other.luma.shape[1]
            and other.x < x + width
            and y < other.y + other.luma.shape[0]
            and other.y < y + height
            for other in others
        )

    def changed(self) -> None:
        """To be called when anything but plants is another way."""
        self._still = None

    def picture(self, at: float) -> Luma:
        """At a second, which plants wave by; in levels, rows x columns."""
        if self._still is None:
            self._still = self._drawn()
        if not self._plants:
            return self._still
        picture = self._still.copy()
        for number, plant in enumerate(self._plants):
            home, swing = plant.x, 9 + 4 * number
            plant.x += swing * math.sin(2 * math.pi * (0.5 + 0.4 * number) * at)
            plant.draw(picture)
            plant.x = home
        return picture

    def _drawn(self) -> Luma:
        lefts = self.left - self.turned / 2 * np.linspace(0, 1, _BLUR if self.turned else 1)
        crops = [self._crop(left) for left in lefts]
        picture: Luma = sum(crops[1:], crops[0]) / np.float32(len(crops))
        for each in (*self.things, *((self.person,) if self.person else ())):
            each.draw(picture)
        lit: Luma = np.clip(picture * self.light, 0, 255)
        return lit

    def _crop(self, left: float) -> Luma:
        start = round(min(max(0.0, left), self.room))
        return self._wide[:, start : start + self.width]

    def _leaves(self) -> Thing:
        return thing(self.chance, self._crop(0), _PLANT, 2.0)
