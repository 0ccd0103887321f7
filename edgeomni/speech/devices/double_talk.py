"""Lets the first syllable pass of whoever speaks over our own voice."""

from __future__ import annotations

import numpy as np

from edgeomni.speech.devices.echo import STEP, Canceller
from edgeomni.speech.devices.echo_path import EchoPath
from edgeomni.speech.devices.sound_io import Samples

LAG = 127
"""Samples by which WebRTC's echo canceller gives sound later than it takes it; its noise suppressor
would add 96."""
_AUDIBLE = 1e-5
"""Power of what is played, or left, from which it says anything."""
_TAKEN = 0.1
"""Share of what is left that a canceller lets pass, below which it takes all for an echo."""
_LEARNS = 0.02
"""Weight of a step in what is known of the echo path."""
_LEARNT = 50
"""Steps of an echo from which that can be known."""
_KNOWN = 0.1
"""Share of an echo that is left where its path is known: -10 dB."""
_LOUD = 0.3
"""Of the echo: what is left and louder was not played."""
_FADES = 0.7
"""Of the echo's power from one step to the next, at most: it swings within a syllable."""
_HOLD = 6
"""Steps: between two sounds of a syllable."""
_TRUST = 15
"""Steps in a row for which a canceller may take for an echo what is said to be none."""


class DoubleTalk:
    """Implements ``Canceller`` over another one, which comes ``LAG`` samples late.

    A canceller that suppresses what its filter leaves takes the first 50 to 150 ms of a person's
    words for more of that. Where the path of the echo is known well, and more is left than it
    explains, that is given as it is, until the canceller hears somebody too. If it does not, the
    path has changed, and has to be learned anew.
    """

    def __init__(self, canceller: Canceller) -> None:
        self._canceller, self._path = canceller, EchoPath()
        self._late = np.zeros(LAG, np.float32)
        self._echo = 0.0
        self._before, self._after = 0.0, 0.0
        """Power of an echo, and of what the path leaves of it."""
        self._learnt = 0
        """Steps of which these are known."""
        self._open = self._alone = 0
        """Steps for which it will be open, and was without the canceller letting anything pass."""

    def cancel(self, heard: Samples, played: Samples, delay: float) -> Samples:
        clean = self._canceller.cancel(heard, played, delay)
        left, echo = self._path.take(heard, played)
        remains = _power(left)
        late = np.concatenate([self._late, left])
        given, self._late = late[:STEP], late[STEP:]
        taken = _power(clean) < _TAKEN * _power(given)
        if taken and not self._open and _power(played) > _AUDIBLE:
            self._learnt += 1
            self._before += _LEARNS * (_power(heard) - self._before)
            self._after += _LEARNS * (remains - self._after)
        self._echo = max(_power(echo), _FADES * self._echo)
        speaks = self._is_known and remains > max(_LOUD * self._echo, _AUDIBLE)
        self._open = _HOLD if speaks else max(0, self._open - 1)
        self._alone = self._alone + 1 if self._open and taken else 0
        if self._alone > _TRUST:
            self._before = self._after = 0.0
            self._learnt = self._open = self._alone = 0
        return given if self._open else clean

    @property
    def _is_known(self) -> bool:
        return self._learnt >= _LEARNT and self._after < _KNOWN * self._before


def _power(samples: Samples) -> float:
    return float(np.mean(np.square(samples)))
