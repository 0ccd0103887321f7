"""The way from loudspeaker to microphone, learned as a linear filter: takes out what came by it.

A partitioned Kalman filter in the frequency domain: G. Enzner, P. Vary, "Frequency-domain adaptive
Kalman filter for acoustic echo control in hands-free telephones", Signal Processing 86 (2006);
F. Kuech, E. Mabande, G. Enzner, "State-space architecture of the partitioned-block-based acoustic
echo controller", ICASSP 2014.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgeomni.speech.devices.echo import STEP
from edgeomni.speech.devices.sound_io import Samples

_PARTS = 30
"""Steps of delay and reverberation that it spans: 0.3 s."""
_MEMORY = 0.999
"""Of what is known of the way from one step to the next: ways change."""
_UNKNOWN = 1.0
"""Variance of the way before anything is known."""
_SMOOTH = 0.8
"""Of the power of what is left, from one step to the next."""
_OVERLAP = 0.5
"""Share of each frame that is new."""
_LEAST = 1e-6
"""Power for which nothing is learned."""


class EchoPath:
    """0.15 ms of a core for a step while something is played, nothing while not."""

    def __init__(self) -> None:
        shape = _PARTS, STEP + 1
        self._played = np.zeros(shape, np.complex64)
        """Spectra of the latest frames, the newest first."""
        self._way = np.zeros(shape, np.complex64)
        self._doubt = np.full(shape, _UNKNOWN, np.float32)
        self._noise = np.full(STEP + 1, 1e-4)
        self._last = np.zeros(STEP, np.float32)
        self._silent = _PARTS
        """Steps for which nothing was played."""

    def take(self, heard: Samples, played: Samples) -> tuple[Samples, Samples]:
        """What is left of ``STEP`` samples, and what was taken out: at once, without a delay."""
        self._silent = 0 if played.any() else self._silent + 1
        if self._silent > _PARTS:
            return heard, np.zeros(STEP, np.float32)
        self._played[1:] = self._played[:-1]
        self._played[0] = np.fft.rfft(np.concatenate([self._last, played]))
        self._last = played
        echo = np.fft.irfft((self._way * self._played).sum(0))[STEP:].astype(np.float32)
        left = heard - echo
        self._learn(np.fft.rfft(np.concatenate([np.zeros(STEP), left])))
        return left, echo

    def _learn(self, left: NDArray[np.complex128]) -> None:
        power = np.abs(self._played) ** 2
        self._noise = _SMOOTH * self._noise + (1 - _SMOOTH) * np.abs(left) ** 2
        expected = _OVERLAP * (self._doubt * power).sum(0) + self._noise + _LEAST
        gain = self._doubt / expected
        change = np.fft.irfft(gain * np.conj(self._played) * left, axis=1)
        change[:, STEP:] = 0  # a part of the way is a step long
        self._way = (_MEMORY * (self._way + np.fft.rfft(change, axis=1))).astype(np.complex64)
        known = _MEMORY**2 * (1 - _OVERLAP * gain * power) * self._doubt
        self._doubt = (known + (1 - _MEMORY**2) * np.abs(self._way) ** 2).astype(np.float32)
