"""Scenes: what a picture shows, decided before a pixel is drawn, so that every label is true."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nano.vocabulary import COLOURS, NOTHING, NUMBERS, SHAPES, THINGS, UNCLEAR

Rgb = tuple[int, int, int]
KINDS = ("shape", "sprite", "count", "two", "unclear", "empty")
SIDE = 128
"""Pixels of the longer side at scale 1: what the eye sees."""
SEEDS_PER_RUN = 100_000_000
"""A training run draws its scenes from seeds of its own; validation and exam lie beyond."""
VALIDATION_SEED = 2_000_000_000
_APART = 11
"""Levels of the nearest channel's greatest difference, between colours of training and others."""


@dataclass(frozen=True, slots=True)
class Thing:
    noun: str
    colour: str | None
    """None for sprites: they have colours of their own."""
    x: float
    y: float
    """Centre, pixels at scale 1."""
    side: float
    """Pixels at scale 1."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to know about a scene; None where it says nothing."""

    kind: str
    noun: str
    background: str
    count: str | None = None
    size: str | None = None
    colour: str | None = None
    relation: str | None = None
    """Where the first thing is, seen from the second: ``left`` or ``above``."""
    noun2: str | None = None
    colour2: str | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    facts: Facts
    things: tuple[Thing, ...]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Palette:
    """RGB values by colour name; a drawn colour lies near one, or a mixture of two of them."""

    anchors: Mapping[str, Sequence[Rgb]]
    spread: float
    mixing: bool = True
    avoids: Palette | None = None
    """Another one, from whose values all that is drawn keeps _APART."""

    def draw(self, colour: str, rng: random.Random) -> Rgb:
        while True:
            drawn = self._any(colour, rng)
            if not (self.avoids and self.avoids.is_near(drawn)):
                return drawn

    def _any(self, colour: str, rng: random.Random) -> Rgb:
        one, other = (rng.choice(self.anchors[colour]) for _ in range(2))
        mix = rng.random() if self.mixing else 1.0
        mixed = (a * mix + b * (1 - mix) for a, b in zip(one, other, strict=True))
        red, green, blue = (_byte(v + rng.uniform(-self.spread, self.spread)) for v in mixed)
        return red, green, blue

    def is_near(self, drawn: Rgb) -> bool:
        return any(
            max(abs(a - b) for a, b in zip(anchor, drawn, strict=True)) < _APART
            for anchors in self.anchors.values()
            for anchor in anchors
        )


HELD_OUT_PALETTE = Palette(
    {
        "red": ((170, 15, 15), (225, 15, 60)),
        "green": ((20, 185, 105), (75, 140, 20)),
        "blue": ((10, 15, 190), (60, 90, 180)),
        "yellow": ((235, 220, 5), (225, 200, 75)),
        "orange": ((235, 115, 50), (230, 140, 5)),
        "purple": ((165, 30, 165), (120, 85, 175)),
        "pink": ((235, 135, 160), (255, 115, 205)),
        "brown": ((115, 60, 55), (150, 105, 70)),
        "black": ((45, 18, 22), (12, 22, 44)),
        "white": ((255, 246, 222), (222, 240, 255)),
        "gray": ((105, 125, 140), (150, 138, 115)),
    },
    spread=3,
    mixing=False,
)
"""For measuring: none of these values lies among those drawn for training."""
TRAINING_PALETTE = Palette(
    {
        "red": (
            *((220, 30, 30), (190, 20, 30), (235, 50, 45), (150, 15, 20), (205, 10, 45)),
            *((240, 25, 70), (165, 30, 35), (255, 0, 0), (180, 0, 10)),
        ),
        "green": (
            *((30, 160, 50), (60, 180, 75), (10, 120, 40), (110, 195, 60), (0, 200, 100)),
            *((20, 165, 110), (40, 200, 130), (95, 150, 15), (60, 120, 25), (100, 170, 40)),
            *((0, 255, 0), (20, 90, 30)),
        ),
        "blue": (
            *((40, 70, 220), (30, 110, 230), (25, 40, 150), (70, 145, 240), (0, 0, 255)),
            *((15, 25, 170), (5, 10, 215), (75, 100, 200), (50, 80, 160), (75, 105, 170)),
        ),
        "yellow": (
            *((245, 215, 40), (255, 235, 70), (255, 255, 0), (230, 210, 20), (240, 230, 30)),
            *((215, 190, 60), (235, 210, 95), (240, 220, 100)),
        ),
        "orange": (
            *((245, 135, 25), (255, 150, 50), (225, 105, 30), (240, 110, 60), (230, 125, 65)),
            *((240, 150, 10), (220, 130, 0), (255, 165, 0)),
        ),
        "purple": (
            *((140, 50, 180), (110, 40, 150), (160, 80, 210), (175, 40, 180), (150, 20, 150)),
            *((165, 45, 150), (105, 70, 165), (135, 100, 190), (128, 0, 128), (120, 80, 190)),
        ),
        "pink": (
            *((250, 130, 185), (255, 160, 200), (240, 95, 165), (240, 145, 150)),
            *((225, 125, 150), (245, 150, 175), (255, 100, 200), (250, 130, 220)),
        ),
        "brown": (
            *((125, 75, 35), (100, 60, 30), (145, 90, 45), (110, 50, 45), (125, 70, 65)),
            *((160, 110, 85), (140, 100, 60), (155, 115, 80), (90, 50, 40)),
        ),
        "black": (
            *((12, 12, 12), (35, 35, 35), (45, 30, 20), (50, 20, 30), (25, 15, 45)),
            *((15, 30, 50), (10, 10, 35), (20, 35, 25), (40, 10, 15)),
        ),
        "white": (
            *((250, 250, 250), (232, 232, 232), (255, 240, 215), (250, 245, 230)),
            *((255, 255, 235), (225, 235, 250), (215, 235, 250), (240, 250, 255), (245, 235, 245)),
        ),
        "gray": (
            *((85, 85, 85), (130, 130, 130), (180, 180, 180), (95, 115, 130), (115, 135, 150)),
            *((105, 120, 145), (140, 125, 105), (160, 150, 130), (150, 135, 120)),
            *((120, 130, 125), (135, 125, 135)),
        ),
    },
    spread=8,
    avoids=HELD_OUT_PALETTE,
)

_ALIKE = tuple(
    map(
        frozenset[str],
        [
            *(("gray", "brown"), ("red", "orange"), ("yellow", "orange"), ("red", "pink")),
            *(("purple", "blue"), ("brown", "orange"), ("brown", "black"), ("brown", "red")),
            *(("pink", "purple"), ("yellow", "white"), ("gray", "white"), ("gray", "black")),
        ],
    )
)
_BACKGROUNDS = (*["white"] * 4, *["black"] * 3, *["gray"] * 3, *COLOURS[:8])


def sample(rng: random.Random, weights: Mapping[str, float]) -> Scene:
    """One scene; ``weights`` says how often each kind comes."""
    kind = rng.choices(list(weights), list(weights.values()))[0]
    width, height = _shape_of_picture(rng)
    background = rng.choice(_BACKGROUNDS)
    return _Stage(rng, width, height, background).put(kind)


def _shape_of_picture(rng: random.Random) -> tuple[int, int]:
    short = SIDE if rng.random() < 0.35 else rng.choice((96, 85, 72, rng.randint(72, 126)))
    return (SIDE, short) if rng.random() < 0.7 else (short, SIDE)


@dataclass(frozen=True, slots=True)
class _Stage:
    rng: random.Random
    width: int
    height: int
    background: str

    @property
    def short(self) -> int:
        return min(self.width, self.height)

    def put(self, kind: str) -> Scene:
        facts, things = {
            "shape": self._single,
            "sprite": self._single,
            "count": self._several,
            "two": self._two,
            "unclear": self._unclear,
            "empty": self._empty,
        }[kind](kind)
        return Scene(facts, tuple(things), self.width, self.height)

    def _colour(self) -> str:
        return self.rng.choice(
            [
                colour
                for colour in COLOURS
                if colour != self.background and {colour, self.background} not in _ALIKE
            ]
        )

    def _kin(self, sprites: float) -> tuple[str, str | None]:
        if self.rng.random() < sprites:
            return self.rng.choice(THINGS), None
        return self.rng.choice(SHAPES), self._colour()

    def _single(self, kind: str) -> tuple[Facts, list[Thing]]:
        noun, colour = self._kin(sprites=kind == "sprite")
        large = self.rng.random() < 0.6
        side = self.short * (self.rng.uniform(0.54, 0.96) if large else self.rng.uniform(0.3, 0.42))
        thing = Thing(noun, colour, *self._anywhere(side), side)
        size = "large" if large else "small"
        return Facts(kind, noun, self.background, "one", size, colour), [thing]

    def _anywhere(self, side: float) -> tuple[float, float]:
        if self.rng.random() < 0.3:
            return self.width / 2, self.height / 2
        half = side / 2
        return self.rng.uniform(half, self.width - half), self.rng.uniform(half, self.height - half)

    def _several(self, kind: str) -> tuple[Facts, list[Thing]]:
        noun, colour = self._kin(sprites=0.4)
        count = self.rng.randint(2, 4)
        side = min(self.rng.uniform(26, 46 if count == 2 else 40), self.short * 0.44)
        places, side = self._apart(count, side)
        things = [Thing(noun, colour, x, y, side) for x, y in places]
        return Facts(kind, noun, self.background, NUMBERS[count - 1], None, colour), things

    def _apart(self, count: int, side: float) -> tuple[list[tuple[float, float]], float]:
        """Places that do not touch each other, found by trying; and the side that fits them."""
        while True:
            half, places = side / 2, list[tuple[float, float]]()
            for _ in range(60):
                x = self.rng.uniform(half, self.width - half)
                y = self.rng.uniform(half, self.height - half)
                if all(max(abs(x - a), abs(y - b)) > side * 1.08 for a, b in places):
                    places.append((x, y))
                    if len(places) == count:
                        return places, side
            side *= 0.95

    def _two(self, kind: str) -> tuple[Facts, list[Thing]]:
        (noun, colour), (noun2, colour2) = self._kin(0.5), self._kin(0.5)
        if noun == noun2:
            return self._two(kind)
        across = self.rng.random() < 0.5 + 0.25 * (
            (self.width > self.height) - (self.width < self.height)
        )
        long, wide = (self.width, self.height) if across else (self.height, self.width)
        sides = [min(wide * 0.9, self.rng.uniform(0.3, 0.46) * long) for _ in range(2)]
        first = self.rng.uniform(sides[0] / 2, max(sides[0] / 2, long * 0.27))
        second = long - self.rng.uniform(sides[1] / 2, max(sides[1] / 2, long * 0.27))
        offsets = [self._beside(side, wide, (second - first) * 0.3) for side in sides]
        places = [(first, offsets[0]), (second, offsets[1])]
        things = [
            Thing(name, tint, *(place if across else place[::-1]), side)
            for name, tint, place, side in zip(
                (noun, noun2), (colour, colour2), places, sides, strict=True
            )
        ]
        relation = "left" if across else "above"
        facts = Facts(kind, noun, self.background, "one", None, colour, relation, noun2, colour2)
        return facts, things

    def _beside(self, side: float, wide: float, slack: float) -> float:
        """A place across the axis: near the middle, and within the picture."""
        wanted = wide / 2 + self.rng.uniform(-slack, slack) / 2
        return min(max(wanted, side / 2), wide - side / 2)

    def _unclear(self, kind: str) -> tuple[Facts, list[Thing]]:
        """Many things beyond the vocabulary, piled up."""
        things = []
        for _ in range(self.rng.randint(4, 12)):
            side = self.short * self.rng.uniform(0.2, 0.9)
            x, y = self.rng.uniform(0, self.width), self.rng.uniform(0, self.height)
            things.append(Thing(UNCLEAR, None, x, y, side))
        return Facts(kind, UNCLEAR, self.background), things

    def _empty(self, kind: str) -> tuple[Facts, list[Thing]]:
        return Facts(kind, NOTHING, self.background), []


def _byte(value: float) -> int:
    return max(0, min(255, math.floor(value + 0.5)))
