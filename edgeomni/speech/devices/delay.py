"""How long a sound takes from the loudspeaker's line to the microphone: pure."""

from __future__ import annotations

import numpy as np

from edgeomni.speech.devices.sound_io import HEARD_RATE, Samples

LONGEST = 0.5
"""Seconds; Bluetooth takes 0.2 to 0.3."""
_SPAN = 1.0
"""Seconds of sound that are compared."""
_EVERY = 0.5
"""Seconds of sound between two comparisons."""
_AUDIBLE = 1e-3
"""Level of what was played, below which there is nothing to compare."""
_CLEAR = 8.0
"""How far the highest peak has to stand above the usual ones, in their standard deviations."""


class Delay:
    """Found again and again while something is played; two comparisons have to agree."""

    def __init__(self) -> None:
        size = round((_SPAN + LONGEST) * HEARD_RATE)
        self._heard = np.zeros(size, np.float32)
        self._played = np.zeros(size, np.float32)
        self._fresh = 0
        self._candidate: float | None = None
        self.seconds = 0.0
        """0 until it is known."""

    def feed(self, heard: Samples, played: Samples) -> None:
        """Pieces of the same length and the same time."""
        self._heard = np.concatenate([self._heard[len(heard) :], heard])
        self._played = np.concatenate([self._played[len(played) :], played])
        self._fresh += len(heard)
        if self._fresh < _EVERY * HEARD_RATE:
            return
        self._fresh = 0
        found = delay_of(self._heard, self._played)
        if found is not None and self._candidate is not None:
            close = abs(found - self._candidate) < 0.005
            self.seconds = found if close else self.seconds
        self._candidate = found


def delay_of(heard: Samples, played: Samples) -> float | None:
    """Seconds by which what was heard is later than what was played; None when that is not clear.

    All frequencies count the same (GCC-PHAT): speech is loud in few of them, rooms ring.
    """
    if np.sqrt(np.mean(np.square(played))) < _AUDIBLE:
        return None
    size = 1 << (len(heard) + len(played)).bit_length()
    cross = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(played, size))
    strength = np.abs(cross)
    usual = strength.mean()
    if usual == 0:
        return None
    # Where hardly anything was played, noise would count as much as sound.
    peaks = np.fft.irfft(np.where(strength > 0.05 * usual, cross / (strength + 1e-12), 0), size)
    within = peaks[: round(LONGEST * HEARD_RATE)]
    at = int(np.argmax(within))
    return at / HEARD_RATE if within[at] > _CLEAR * within.std() else None
