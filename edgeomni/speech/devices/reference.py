"""What a loudspeaker has played, by the clock: what an echo is an echo of."""

from __future__ import annotations

import threading

import numpy as np
import soxr

from edgeomni.speech.devices.sound_io import HEARD_RATE, Samples

KEPT = 6.0
"""Seconds that are remembered: more than a microphone is ever read late."""
_SLIP = 0.03
"""Seconds by which a step may come late before the clock is believed more than the counting."""
_DRIFT = 2e-6
"""Seconds, for each step of 10 ms, by which a sound card may be slower than the clock: 200 ppm."""


class Played:
    """One thread puts, another asks."""

    def __init__(self, kept: float = KEPT) -> None:
        """``kept`` is in seconds."""
        self._lock = threading.Lock()
        self._ring = np.zeros(round(kept * HEARD_RATE), np.float32)
        self._end = 0
        """Index behind the last sample, counted from the beginning."""
        self._origin: float | None = None
        """When the sample of index 0 was heard, in seconds of the clock."""
        self._rate = 0
        self._resampler: soxr.ResampleStream | None = None
        self._put = 0
        """Samples, at the rate of the device, since the resampler was made."""
        self._base = 0

    def put(self, samples: Samples, rate: int, at: float, *, torn: bool = False) -> None:
        """``at`` is when the first of them is heard; silence is put as well.

        ``torn`` says that the device ran dry before them: what it played then is not counted.
        """
        with self._lock:
            if rate != self._rate:
                self._rate, self._put, self._base = rate, 0, self._end
                self._resampler = soxr.ResampleStream(rate, HEARD_RATE, 1, "float32", quality="LQ")
            index = self._base + self._put * HEARD_RATE / rate
            if torn:
                self._origin = None
            self._believe(at - index / HEARD_RATE)
            self._put += len(samples)
            assert self._resampler is not None
            self._append(self._resampler.resample_chunk(samples))

    def index(self, moment: float) -> int | None:
        """Which sample was heard at that time; None before the first."""
        with self._lock:
            return None if self._origin is None else round((moment - self._origin) * HEARD_RATE)

    def read(self, index: int, count: int) -> Samples:
        """So many from there on, at ``HEARD_RATE``; silence where none are known."""
        given = np.zeros(count, np.float32)
        with self._lock:
            first = max(index, self._end - len(self._ring), 0)
            known = np.arange(first, max(first, min(index + count, self._end)))
            given[known - index] = self._ring[known % len(self._ring)]
        return given

    def _believe(self, origin: float) -> None:
        """Threads run late, never early, so the earliest time is the true one; clocks drift."""
        late = _SLIP if self._origin is None else origin - self._origin
        if self._origin is None or late >= _SLIP:
            self._origin = origin
        else:
            self._origin += min(late, _DRIFT)

    def _append(self, samples: Samples) -> None:
        places = np.arange(self._end, self._end + len(samples)) % len(self._ring)
        self._ring[places] = samples
        self._end += len(samples)
