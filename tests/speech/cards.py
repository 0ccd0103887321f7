"""A sound system that exists in numbers only: devices that do what a test says, in its own time."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from edgeomni.errors import DeviceError
from edgeomni.speech.devices.listed import Device, Shape
from edgeomni.speech.devices.sound_cards import Frames, OnSound

PERIOD = 0.01
"""Seconds between two pieces of sound."""


class Time:
    """A clock that moves when somebody waits; also the bell that he waits for."""

    def __init__(self) -> None:
        self._now = 0.0
        self._plans: list[tuple[float, int, Callable[[], None]]] = []
        self._number = itertools.count()
        self._rung = False

    def now(self) -> float:
        return self._now

    def wait_until(self, moment: float) -> None:
        self.pass_to(moment)

    def at(self, when: float, act: Callable[[], object]) -> None:
        heapq.heappush(self._plans, (when, next(self._number), act))

    def pass_to(self, when: float) -> None:
        """All that is planned until then happens, whether or not anybody looks."""
        while self._plans and self._plans[0][0] <= when:
            due, _, act = heapq.heappop(self._plans)
            self._now = max(self._now, due)
            act()
        self._now = max(self._now, when)

    def set(self) -> None:
        self._rung = True

    def clear(self) -> None:
        self._rung = False

    def wait(self, timeout: float) -> bool:
        until = self._now + timeout
        while not self._rung and self._plans and self._plans[0][0] <= until:
            self.pass_to(self._plans[0][0])
        if not self._rung:
            self._now = until
        return self._rung


def device(index: int, name: str, **changed: object) -> Device:
    fields = {"host": "ALSA", "inputs": 1, "outputs": 2, "rate": 48_000} | changed
    return Device(index, name, **fields)  # type: ignore[arg-type]


HEADSET = device(0, "Headset", default_input=True, default_output=True)
WEBCAM = device(1, "Webcam", outputs=0)
BUILT_IN = device(2, "Built-in", inputs=2)


def noise(start: int, count: int, channels: int) -> Frames:
    """A little of it, the same for all channels, as from a real device."""
    mono = np.random.default_rng(start).normal(0, 0.01, count).astype(np.float32)
    return np.repeat(mono[:, None], channels, axis=1)


@dataclass
class FakeCards:
    """Every device gives ``sound`` from the moment it is opened, one piece each ``PERIOD``."""

    time: Time
    there: list[Device] = field(default_factory=lambda: [HEADSET, WEBCAM, BUILT_IN])
    refuses: Callable[[Device, Shape], bool] = lambda device, shape: False
    sound: Callable[[int, int, int], Frames] = noise
    """(first frame, frames, channels) -> frames"""
    overflows: Callable[[int], bool] = lambda piece: False
    opened: list[tuple[Device, Shape]] = field(default_factory=list)
    streams: list[FakeInput] = field(default_factory=list)
    rescans: int = 0

    def devices(self) -> list[Device]:
        return list(self.there)

    def rescan(self) -> None:
        if not any(stream.open for stream in self.streams):
            self.rescans += 1

    def listen(
        self, device: Device, shape: Shape, on_sound: OnSound, on_end: Callable[[], None]
    ) -> FakeInput:
        if device not in self.there or self.refuses(device, shape):
            raise DeviceError(f"Invalid sample rate {shape.rate}.")
        self.opened.append((device, shape))
        self.streams.append(FakeInput(self, shape, on_sound, on_end))
        return self.streams[-1]

    def unplug(self, name: str) -> None:
        """The stream ends, and the device is not in the list any more."""
        self.there = [device for device in self.there if device.name != name]
        self.streams[-1].end()


@dataclass
class FakeInput:
    cards: FakeCards
    shape: Shape
    on_sound: OnSound
    on_end: Callable[[], None]
    open: bool = True
    speaks: bool = True
    pieces: int = 0

    def __post_init__(self) -> None:
        self._frames = 0
        self._plan()

    def end(self) -> None:
        self.speaks = False
        self.on_end()

    def stall(self) -> None:
        """Nothing comes any more, and nothing is said."""
        self.speaks = False

    def close(self) -> None:
        self.open = False

    def _plan(self) -> None:
        self.cards.time.at(self.cards.time.now() + PERIOD, self._give)

    def _give(self) -> None:
        if not (self.open and self.speaks):
            return
        count = round(PERIOD * self.shape.rate)
        frames = self.cards.sound(self._frames, count, self.shape.channels)
        self.on_sound(frames, self.cards.overflows(self.pieces))
        self._frames += count
        self.pieces += 1
        self._plan()
