"""The sound of the present turn, with a little from before it."""

from __future__ import annotations

from collections import deque

import numpy as np

from edgeomni.speech.devices.sound_io import BLOCK, HEARD_RATE, Samples

SECONDS = BLOCK / HEARD_RATE
"""Of one block."""
_UNNOTICED = 4
"""Blocks of speech that pass before a turn is noticed, and one to spare."""


class Ear:
    """Never holds more than the longest turn."""

    def __init__(self, before: float, longest: float) -> None:
        """Both in seconds: what is kept from before a turn, and how long one may be."""
        self._before: deque[Samples] = deque(maxlen=_blocks(before) + _UNNOTICED)
        self._turn: deque[Samples] | None = None
        self._most = _blocks(before + longest) + _UNNOTICED

    def take(self, samples: Samples) -> None:
        """The next block."""
        self._before.append(samples)
        if self._turn is not None:
            self._turn.append(samples)

    def begin(self) -> None:
        """A turn has begun, a few blocks ago."""
        self._turn = deque(self._before, maxlen=self._most)

    def end(self, silence: float) -> None:
        """The turn is over since so many seconds: the next one must not begin with its words."""
        kept = list(self._before)[-_blocks(silence) :] if silence > 0 else []
        self._before.clear()
        self._before.extend(kept)
        self._turn = None

    def keep(self, last: float) -> None:
        """Of the turn, only the last seconds are its speaker's."""
        if self._turn is not None:
            self._turn = deque(list(self._turn)[-_blocks(last) :], maxlen=self._most)

    def turn(self, last: float | None = None) -> Samples:
        """All of the turn up to now, or its last seconds."""
        blocks = list(self._turn or self._before)
        return np.concatenate(blocks if last is None else blocks[-_blocks(last) :])


def _blocks(seconds: float) -> int:
    return max(1, round(seconds / SECONDS))
