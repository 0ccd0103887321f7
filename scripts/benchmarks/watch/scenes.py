"""Clips in which it is known what happens and when: for the benchmarks and the tests."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.watch.stage import Stage
from benchmarks.watch.story import KINDS, STOP, Kind, begin
from benchmarks.watch.weather import Sky, Weather

PASSING: tuple[Kind, ...] = ("pass", "brief")
"""What is gone again at the end of the event."""
EARLY = 0.1
"""Seconds before the end of an event in which it is as good as over."""
_WOBBLE = 0.06
"""By which share automatic exposure is off when something has changed; it swings for a second."""


@dataclass(frozen=True)
class Event:
    """Something that matters."""

    kind: Kind
    start: float
    """Seconds at which it begins."""
    end: float
    """At which it is complete: from then on the picture is the new one."""

    @property
    def nearly(self) -> float:
        """From when a picture shows how it ends: a tenth of the way is left, if something moves."""
        gone = STOP * (self.end - self.start) if self.kind in ("move", "enter", "leave") else 0.0
        return self.end - max(EARLY, gone)


@dataclass(frozen=True)
class Clip:
    """A labelled film; its frames are drawn when they are asked for."""

    rate: int
    """Frames a second."""
    seconds: float
    events: tuple[Event, ...]
    frames: Callable[[], Iterator[tuple[float, NDArray[np.uint8]]]] = field(repr=False)
    """Times and luma, rows x columns."""


def clip(
    seed: int,
    weather: Weather,
    kinds: Sequence[Kind] = KINDS,
    *,
    rate: int = 10,
    size: tuple[int, int] = (640, 360),
    pause: float = 4.0,
    seconds: float | None = None,
) -> Clip:
    """One event after another, ``pause`` to 1.5 times as many seconds apart; ``size`` is
    (width, height). It ends a pause after the last event, or after ``seconds``."""
    chance = np.random.default_rng(seed)
    events, at = [], pause + chance.uniform(0, 0.1)
    for kind in kinds:
        events.append(Event(kind, at, at + _length(kind, chance)))
        at = events[-1].end + pause * chance.uniform(1, 1.5)
    total = seconds or at
    planned = tuple(events)

    def frames() -> Iterator[tuple[float, NDArray[np.uint8]]]:
        film = _Film(seed, weather, size, planned)
        for number in range(int(total * rate)):
            yield number / rate, film.frame(number / rate)

    return Clip(rate, total, planned, frames)


def _length(kind: Kind, chance: np.random.Generator) -> float:
    """Seconds that an event takes."""
    spans = {
        "move": (0.4, 2.5),
        "enter": (0.6, 2.5),
        "leave": (0.6, 2.5),
        "pass": (1.0, 3.0),
        "brief": (0.35, 0.8),
        "pan": (0.6, 2.0),
        "light": (0.0, 0.3),
    }
    return float(chance.uniform(*spans.get(kind, (0.0, 0.0))))


class _Film:
    """Draws frames in the order of their times."""

    def __init__(
        self, seed: int, weather: Weather, size: tuple[int, int], events: Sequence[Event]
    ) -> None:
        self._stage = Stage(np.random.default_rng((seed, 1)), size, weather.plants)
        self._sky = Sky(weather, np.random.default_rng((seed, 2)), (size[1], size[0]))
        self._waiting = list(events)
        self._act: Callable[[float], None] | None = None
        self._running: Event | None = None
        self._ended: float | None = None

    def frame(self, at: float) -> NDArray[np.uint8]:
        self._advance(at)
        return self._sky.frame(self._stage.picture(at), at, self._wobble(at))

    def _wobble(self, at: float) -> float:
        if self._ended is None:
            return 0.0
        since = at - self._ended
        return _WOBBLE * math.exp(-since) * math.sin(2 * math.pi * since)

    def _advance(self, at: float) -> None:
        self._stage.turned = 0.0
        if self._running is None and self._waiting and at >= self._waiting[0].start:
            self._running = self._waiting.pop(0)
            self._act = begin(self._running.kind, self._stage)
        if self._running and self._act:
            event = self._running
            length = event.end - event.start
            done = min(1.0, (at - event.start) / length) if length else 1.0
            self._act(done)
            self._stage.changed()
            if done == 1.0:
                self._running, self._ended = None, event.end
