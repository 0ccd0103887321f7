"""Which sound devices there are, and which of them is meant: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from edgeomni.errors import DeviceError

Kind = Literal["microphone", "loudspeaker"]

WORKS = "Typing works."
_LISTED = 12
_FALLBACK_RATES = (48_000, 44_100, 16_000)
"""Hertz; what nearly every device has one of."""


@dataclass(frozen=True, slots=True)
class Device:
    """One entry of PortAudio's list; a headset is often two, and Windows lists each thrice."""

    index: int
    name: str
    host: str
    """The system's way to it, such as ALSA, Core Audio or Windows WASAPI."""
    inputs: int
    outputs: int
    """Channels; 0 where it cannot do that."""
    rate: int
    """Hertz, its own."""
    default_input: bool = False
    default_output: bool = False

    def channels(self, kind: Kind) -> int:
        return self.inputs if kind == "microphone" else self.outputs

    def is_default(self, kind: Kind) -> bool:
        return self.default_input if kind == "microphone" else self.default_output


@dataclass(frozen=True, slots=True)
class Shape:
    """How a stream is opened."""

    rate: int
    """Hertz"""
    channels: int


def of_kind(devices: Sequence[Device], kind: Kind) -> list[Device]:
    return [device for device in devices if device.channels(kind)]


def choose(devices: Sequence[Device], which: str, kind: Kind) -> Device:
    """By number, by name or a part of it; the default for an empty one. Raises DeviceError.

    Of several with the name, one that is called exactly so wins, then one that is reached in the
    same way as the default device.
    """
    there = of_kind(devices, kind)
    if not there:
        raise DeviceError(
            f"There is no {kind} here.", works=WORKS, remedy="Connect one and try again."
        )
    usual = next((device for device in there if device.is_default(kind)), there[0])
    if not which:
        return usual
    meant = _meant(there, which)
    narrowed = [device for device in meant if device.host == usual.host] or meant
    if len(narrowed) == 1:
        return narrowed[0]
    happened = f"There is no {kind} {which!r}." if not meant else f"{which!r} is no single {kind}."
    listed = "; ".join(f"{d.index} {d.name}" for d in (narrowed or there)[:_LISTED])
    raise DeviceError(happened, works=WORKS, remedy=f"Choose one of these: {listed}.")


def found_again(devices: Sequence[Device], before: Device, kind: Kind, *, asked: bool) -> Device:
    """The one that was used before, by name: numbers change when something is plugged in.

    Where it is gone, the default, unless it was ``asked`` for. Raises DeviceError.
    """
    for device in of_kind(devices, kind):
        if (device.name, device.host) == (before.name, before.host):
            return device
    return choose(devices, before.name if asked else "", kind)


def _meant(there: Sequence[Device], which: str) -> list[Device]:
    if which.isdecimal():
        return [device for device in there if device.index == int(which)]
    name = which.casefold()
    called_so = [device for device in there if device.name.casefold() == name]
    return called_so or [device for device in there if name in device.name.casefold()]


def shapes(device: Device, kind: Kind) -> Iterator[Shape]:
    """In which order to try: its own rate, then usual ones; one channel, then two, then all.

    At its own rate nothing is resampled by the system, whose way of doing it nobody knows. A sound
    server claims to have dozens of channels, and mixes into each what is asked for.
    """
    most = device.channels(kind)
    first = [1, 2] if kind == "microphone" else [2, 1]
    counts = dict.fromkeys([count for count in first if count <= most] + [most])
    for rate in dict.fromkeys((device.rate, *_FALLBACK_RATES)):
        for count in counts:
            yield Shape(rate, count)
