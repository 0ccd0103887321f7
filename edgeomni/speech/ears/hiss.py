"""What a quiet room sounds like, in place of digital silence: a detector has never heard that.

Behind half a minute of it, as gates and telephone lines make it, Silero's detector takes the first
seconds of speech at 8 kHz for none. Where there is any sound at all, nothing is added to it.
"""

from __future__ import annotations

import numpy as np

from edgeomni.speech.devices.sound_io import BLOCK, HEARD_RATE, Samples

_LEVEL = 1e-4
"""Root mean square, -80 dB: with a third of it a third of what was missed is missed still."""
_DEAD = 1e-5
"""Samples of a smaller size are digital silence: the last bit of 16 is three times as large."""
_SECOND: Samples = np.random.default_rng(0).normal(0, _LEVEL, HEARD_RATE).astype(np.float32)
_HISS = _SECOND[: len(_SECOND) // BLOCK * BLOCK].reshape(-1, BLOCK)


def with_hiss(samples: Samples, first: int = 0) -> Samples:
    """``samples`` are at ``HEARD_RATE``; ``first`` is the number of their first block."""
    whole = len(samples) // BLOCK
    blocks = samples[: whole * BLOCK].reshape(-1, BLOCK)
    dead = np.abs(blocks).max(axis=1, initial=0) < _DEAD
    if not dead.any():
        return samples
    filled = samples.copy()
    hiss = _HISS[(np.flatnonzero(dead) + first) % len(_HISS)]
    filled[: whole * BLOCK].reshape(-1, BLOCK)[dead] += hiss
    return filled
