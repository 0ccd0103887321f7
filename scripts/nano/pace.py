"""How training keeps time: a schedule by the clock, and rests while others need the machine."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Pace:
    minutes: float
    """Of the clock, rests and all: a run ends when it was said to end."""
    pause_file: Path | None = None
    """Training rests while this file exists."""
    decay_from: float = 0.4
    """Fraction of the time after which the learning rate falls, as a cosine, to zero."""
    clock: Callable[[], float] = time.monotonic
    """Seconds."""
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.clock()

    def fraction(self) -> float:
        """Of the time that is over."""
        return (self.clock() - self._began) / (60 * self.minutes)

    def rate(self, step: int, fraction: float, warm_up: int = 60) -> float:
        """Factor for the learning rates at this step, in (0, 1]; ``fraction`` of time is over."""
        late = (fraction - self.decay_from) / (1 - self.decay_from)
        fall = 0.5 * (1 + math.cos(math.pi * min(1.0, max(0.0, late))))
        return max(0.003, min(1.0, (step + 1) / warm_up) * fall)

    def rest(self) -> None:
        """Wait while the pause file exists."""
        while self.pause_file and self.pause_file.exists():
            time.sleep(2)
