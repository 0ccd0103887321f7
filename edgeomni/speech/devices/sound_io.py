"""The seams between a conversation and the devices, inside the speech worker.

Devices are sound cards or files; both keep time by a clock, so that a conversation with files runs
as one with devices does, or as fast as the machine can.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.float32]
"""Mono, in [-1, 1]."""

HEARD_RATE = 16_000
"""Hertz, of what microphones give."""
BLOCK = 512
"""Samples in one block of a microphone, 32 ms: what the detector of speech takes at a time."""
SPOKEN_RATE = 24_000
"""Hertz, of what speakers take."""


class Clock(Protocol):
    """Seconds from some beginning. Time of files that are read fast is counted in their samples."""

    def now(self) -> float: ...

    def wait_until(self, moment: float) -> None:
        """Returns at once where time is counted: then that moment has come."""
        ...


class RealClock:
    """The time of this machine."""

    def now(self) -> float:
        return time.monotonic()

    def wait_until(self, moment: float) -> None:
        time.sleep(max(0.0, moment - self.now()))


@dataclass(frozen=True, slots=True)
class Block:
    """What was heard within 32 ms."""

    samples: Samples
    """``BLOCK`` of them, at ``HEARD_RATE``."""
    at: float
    """When its last sample was heard, by the clock."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happened to a device, and what is done about it: a sentence or two for the user."""

    code: str
    """For programs, such as ``no-signal``, ``unplugged``, ``back``, ``overflow``."""
    text: str


Tell: TypeAlias = Callable[[Trouble], None]


class Microphone(Protocol):
    """Opened when it is made. Raises DeviceError, MediaError there and nowhere else."""

    def read(self) -> Block | None:
        """The next block, waiting for it; None at the end of a file, or once it is closed."""
        ...

    def close(self) -> None:
        """From any thread; ``read`` returns soon."""
        ...


class Speaker(Protocol):
    """Opened when it is made. Raises DeviceError, MediaError there and nowhere else.

    Positions count samples that were handed to ``play``, all since it was made, silence between
    them not included.
    """

    def play(self, samples: Samples) -> None:
        """Put sound at ``SPOKEN_RATE`` behind what waits to be played; returns at once."""
        ...

    def hush(self) -> None:
        """Forget what waits; silence within 20 ms, without a click."""
        ...

    def duck(self, on: bool) -> None:
        """Play quietly, at a quarter of the level, or as before; within 20 ms."""
        ...

    @property
    def queued(self) -> int:
        """Position behind all that was put in line; what ``hush`` forgot is taken off again."""
        ...

    @property
    def heard(self) -> int:
        """Position that can be heard right now, as well as the device tells its delay."""
        ...

    @property
    def underruns(self) -> int:
        """How often the device wanted sound in the middle of some, and none was there."""
        ...

    def close(self) -> None: ...
