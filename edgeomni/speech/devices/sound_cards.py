"""The seam to the sound system of a machine: PortAudio, or what tests put in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from edgeomni.errors import DeviceError
from edgeomni.speech.devices.listed import WORKS, Device, Kind, Shape, shapes

Frames: TypeAlias = NDArray[np.float32]
"""(frames, channels)"""


class InputStream(Protocol):
    def close(self) -> None:
        """Never raises. Not to be called by the stream's own callbacks."""
        ...


class OutputStream(Protocol):
    @property
    def latency(self) -> float:
        """Seconds from ``write`` to the ear, as the device tells it."""
        ...

    def write(self, frames: Frames) -> bool:
        """Waits until there is room for them; whether the device ran dry before they came.

        Raises DeviceError when the device is gone.
        """
        ...

    def close(self) -> None:
        """Never raises."""
        ...


OnSound: TypeAlias = Callable[[Frames, bool], None]
"""Frames, valid during the call only, and whether some before them were lost."""


class SoundCards(Protocol):
    def devices(self) -> Sequence[Device]:
        """What is known since the last ``rescan``."""
        ...

    def rescan(self) -> None:
        """Look again what is there; nothing happens while any stream is open."""
        ...

    def listen(
        self, device: Device, shape: Shape, on_sound: OnSound, on_end: Callable[[], None]
    ) -> InputStream:
        """Callbacks come on a thread of the device; ``on_end`` when it ends by itself.

        Raises DeviceError.
        """
        ...

    def play(self, device: Device, shape: Shape, latency: float) -> OutputStream:
        """``latency`` is what is wanted, in seconds. Raises DeviceError."""
        ...


_Stream = TypeVar("_Stream")


def open_somehow(
    device: Device, kind: Kind, open_as: Callable[[Shape], _Stream]
) -> tuple[_Stream, Shape]:
    """The first shape that the device agrees to. Raises DeviceError when it refuses all."""
    said = ""
    for shape in shapes(device, kind):
        try:
            return open_as(shape), shape
        except DeviceError as error:
            said = said or error.happened
    raise DeviceError(
        f"Cannot open the {kind} «{device.name}»: {said}",
        works=WORKS,
        remedy="It may be busy, or blocked by privacy settings.",
    )
