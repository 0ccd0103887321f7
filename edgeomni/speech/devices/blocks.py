"""From the sound of any device to the blocks that are listened to."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import soxr
from numpy.typing import NDArray

from edgeomni.speech.devices.sound_io import BLOCK, HEARD_RATE, Samples

LOUDEST = 8.0
"""Beyond it a sample is no sound but a fault; float devices may pass 1 when they are overdriven."""


class Blocks:
    """Mixes down, resamples, and cuts into blocks; it holds back 20 to 40 ms."""

    def __init__(self, rate: int) -> None:
        """``rate`` is that of the device, in hertz."""
        self._rate = rate
        self._resampler = (
            None if rate == HEARD_RATE else soxr.ResampleStream(rate, HEARD_RATE, 1, "float32")
        )
        self._rest = np.zeros(0, np.float32)
        self.mended = 0
        """Samples that were no numbers, or too large for sound, and became silence."""

    @property
    def rest(self) -> int:
        """Samples, at ``HEARD_RATE``, that wait for their block to become full."""
        return len(self._rest)

    def feed(self, frames: NDArray[np.float32]) -> Iterator[Samples]:
        """Frames are (frames, channels), any number of them."""
        mono = self._mixed(frames)
        if self._resampler is not None and len(mono):
            mono = self._resampler.resample_chunk(mono)
        return self._cut(mono)

    def finish(self) -> Iterator[Samples]:
        """What was held back, with silence behind it to fill the last block."""
        tail = np.zeros(0, np.float32)
        if self._resampler is not None:
            tail = self._resampler.resample_chunk(tail, last=True)
        filling = -(len(self._rest) + len(tail)) % BLOCK
        return self._cut(np.concatenate([tail, np.zeros(filling, np.float32)]))

    def _mixed(self, frames: NDArray[np.float32]) -> Samples:
        # NaN compares as false: one comparison finds all three kinds of fault.
        sound = np.abs(frames) <= LOUDEST
        if not sound.all():
            self.mended += int(np.count_nonzero(~sound))
            frames = np.where(sound, frames, np.float32(0))
        mono = frames[:, 0] if frames.shape[1] == 1 else frames.mean(axis=1)
        return mono.astype(np.float32, copy=False)

    def _cut(self, mono: Samples) -> Iterator[Samples]:
        joined = np.concatenate([self._rest, mono.clip(-1, 1)])  # resampling overshoots
        whole = len(joined) // BLOCK * BLOCK
        self._rest = joined[whole:]
        return iter(joined[:whole].reshape(-1, BLOCK))
