"""What a device of the laboratory plays, by the clock: two tapes of two devices have one time."""

from __future__ import annotations

import os
import threading
import time
from types import TracebackType

import numpy as np
import soxr

from benchmarks.voice.studio import Sound
from tests.speech.lab import RATE, Lab

_SETTLED = 0.5
"""Seconds at the beginning that come all at once, or late: they say nothing of the time."""


class Tape:
    """Runs until its context is left.

    Null sinks play by the system's clock, and what they play comes late, never early: so the
    earliest time that any piece tells of the beginning is the true one. Two devices that were
    given one sound by PulseAudio's ``module-combine-sink`` told times 0.06 ms apart.
    """

    def __init__(self, lab: Lab, sink: str) -> None:
        self._recorder = lab.monitor(sink)
        self._pieces: list[bytes] = []
        self._began = float("inf")
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Tape:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._recorder.terminate()
        self._thread.join()
        self._recorder.communicate()

    @property
    def began(self) -> float:
        """When its first sample was heard, in seconds of ``time.monotonic``."""
        return self._began

    def sound(self, rate: int) -> Sound:
        """All of it, at that rate in hertz."""
        raw = b"".join(self._pieces)
        heard = np.frombuffer(raw[: len(raw) // 2 * 2], "<i2").astype(np.float32) / 32768
        resampled: Sound = soxr.resample(heard, RATE, rate)
        return resampled

    def _listen(self) -> None:
        assert self._recorder.stdout
        stream, count = self._recorder.stdout.fileno(), 0
        while raw := os.read(stream, 1 << 16):
            now = time.monotonic()
            self._pieces.append(raw)
            count += len(raw)
            if (seconds := count / 2 / RATE) > _SETTLED:
                self._began = min(self._began, now - seconds)
