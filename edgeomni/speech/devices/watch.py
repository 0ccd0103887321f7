"""What can be known of a microphone from when it gives what: pure, times are handed in."""

from __future__ import annotations

from dataclasses import dataclass, field

from edgeomni.speech.devices.sound_cards import Frames

FIRST = 2.0
"""Seconds that a device may take for its first sound: Bluetooth needs more than one."""
GAP = 1.0
"""Seconds without any after that; even a busy machine does not stop a device for so long."""
MUTE = 1.0
"""Seconds of nothing but zeros from the beginning: a real microphone always has some noise."""
WINDOW = 10.0
"""Seconds over which losses are counted."""
BEARABLE = 0.01
"""Of all sound, what may be lost."""


@dataclass(slots=True)
class Pulse:
    """Whether a stream that was opened lives."""

    since: float
    """When it was opened, or gave its last sound; seconds."""
    began: bool = False

    def beat(self, now: float) -> None:
        self.since, self.began = now, True

    def stopped(self, now: float) -> bool:
        return now - self.since > (GAP if self.began else FIRST)


@dataclass(slots=True)
class Signal:
    """Whether there is sound in it.

    Silence that begins later is no fault: some headsets give zeros whenever nobody speaks.
    """

    rate: int
    _zeros: int = 0
    _heard: bool = False
    _missed: bool = False

    def feed(self, frames: Frames) -> str:
        """``missing`` when that has become clear, ``there`` when it comes after all, else empty."""
        if self._heard:
            return ""
        if frames.any():
            self._heard = True
            return "there" if self._missed else ""
        self._zeros += len(frames)
        if self._missed or self._zeros < MUTE * self.rate:
            return ""
        self._missed = True
        return "missing"


@dataclass(slots=True)
class Losses:
    """How much was lost, window by window."""

    _until: float = field(default=-1.0)
    _came: int = 0
    _lost: int = 0

    def count(self, now: float, came: int, lost: int) -> bool:
        """Both in frames. Whether a window has ended in which it was too much."""
        too_much = False
        if now >= self._until:
            too_much = self._lost > BEARABLE * (self._came + self._lost)
            self._until, self._came, self._lost = now + WINDOW, 0, 0
        self._came += came
        self._lost += lost
        return too_much
