"""The line of sound that waits to be played, at the rate of whoever plays it."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np
import soxr

from edgeomni.speech.devices.sound_io import SPOKEN_RATE, Samples

FADE = 0.008
"""Seconds from sound to silence: long enough for no click, too short to be heard as a word."""
RAMP = 0.012
"""Seconds from full level to quiet, or back."""
QUIET = 0.25
"""-12 dB"""


class Line:
    """Pieces are resampled when they come, so that nobody waits for that when they are due.

    ``take`` is for one thread, all else for any. Positions are as in ``Speaker``.
    """

    def __init__(self, rate: int) -> None:
        """``rate`` is that of ``take``, in hertz."""
        self.rate = rate
        self._lock = threading.Lock()
        self._pieces: deque[Samples] = deque()
        self._waiting = 0
        """Samples in the pieces, at ``rate``."""
        self._resampler: soxr.ResampleStream | None = None
        self._queued = 0
        self._taken = 0.0
        self._gain = self._wanted_gain = 1.0

    @property
    def queued(self) -> int:
        """Position behind all that was put in line."""
        return self._queued

    @property
    def taken(self) -> float:
        """Position behind what ``take`` gave last."""
        return min(self._taken, self._queued)

    def play(self, samples: Samples) -> None:
        """Put sound at ``SPOKEN_RATE`` at the end; what is no number becomes silence."""
        clean = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0).clip(-1, 1)
        clean = clean.astype(np.float32)
        with self._lock:
            self._queued += len(clean)
            self._append(clean if self.rate == SPOKEN_RATE else self._resampled(clean))

    def hush(self) -> None:
        """Forget what waits, but for a few milliseconds that fade away."""
        with self._lock:
            last = self._cut(round(FADE * self.rate))
            self._pieces.clear()
            self._waiting, self._resampler = 0, None
            self._append(last * np.linspace(1, 0, len(last), dtype=np.float32))
            self._queued = min(self._queued, round(self._taken + self._seconds() * SPOKEN_RATE))

    def duck(self, on: bool) -> None:
        self._wanted_gain = QUIET if on else 1.0

    def take(self, count: int) -> tuple[Samples, int]:
        """So many samples at ``rate``, and how many of them are sound; silence is behind it."""
        with self._lock:
            if self._waiting < count:
                self._end_resampling()
            sound = self._cut(count)
            self._taken += len(sound) * SPOKEN_RATE / self.rate
            if not self._waiting and self._resampler is None:
                self._taken = float(self._queued)  # resampling rounds; it must not add up
        given = np.zeros(count, np.float32)
        given[: len(sound)] = sound
        return given * self._gains(count), len(sound)

    def _resampled(self, samples: Samples) -> Samples:
        if self._resampler is None:
            self._resampler = soxr.ResampleStream(SPOKEN_RATE, self.rate, 1, "float32")
        resampled: Samples = self._resampler.resample_chunk(samples)
        return resampled

    def _end_resampling(self) -> None:
        """The last milliseconds of the last piece: nothing came behind it in time."""
        resampler, self._resampler = self._resampler, None
        if resampler is not None:
            self._append(resampler.resample_chunk(np.zeros(0, np.float32), last=True))

    def _append(self, samples: Samples) -> None:
        if len(samples):
            self._pieces.append(samples)
            self._waiting += len(samples)

    def _cut(self, count: int) -> Samples:
        """At most so many samples from the front."""
        cut = list[Samples]()
        while count and self._pieces:
            piece = self._pieces.popleft()
            if len(piece) > count:
                self._pieces.appendleft(piece[count:])
                piece = piece[:count]
            cut.append(piece)
            count -= len(piece)
            self._waiting -= len(piece)
        return np.concatenate(cut) if cut else np.zeros(0, np.float32)

    def _seconds(self) -> float:
        return self._waiting / self.rate

    def _gains(self, count: int) -> Samples | np.float32:
        wanted = self._wanted_gain  # once: it may change meanwhile, and a jump is a click
        if self._gain == wanted:
            return np.float32(self._gain)
        step = (1 - QUIET) / (RAMP * self.rate)
        way = wanted - self._gain
        steps = np.minimum(np.arange(1, count + 1) * step, abs(way))
        gains: Samples = (self._gain + np.sign(way) * steps).astype(np.float32)
        if len(steps) and steps[-1] == abs(way):
            self._gain = wanted
        elif len(steps):
            self._gain = float(gains[-1])
        return gains
