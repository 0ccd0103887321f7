"""Loudspeakers and voices that a test moves by hand."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

import numpy as np

from edgeomni.errors import EdgeomniError
from edgeomni.speech.devices.sound_io import Samples

PATIENCE = 20.0
"""Seconds until a test that waits in vain gives up."""


class HandSpeaker:
    """Implements ``Speaker``; what can be heard is moved by ``hear``."""

    def __init__(self) -> None:
        self.queued = 0
        self.heard = 0
        self.underruns = 0
        self.ducked = False
        self.closed = False
        self._played: queue.Queue[int] = queue.Queue()

    def play(self, samples: Samples) -> None:
        self.queued += len(samples)
        self._played.put(len(samples))

    def hush(self) -> None:
        self.queued = self.heard

    def duck(self, on: bool) -> None:
        self.ducked = on

    def close(self) -> None:
        self.closed = True

    def hear(self, samples: int | None = None) -> None:
        """So many more of those in line; all of them by default."""
        ahead = self.queued - self.heard
        self.heard += ahead if samples is None else min(ahead, samples)

    def wait(self) -> int:
        """Until the next piece is put in line; its length."""
        return self._played.get(timeout=PATIENCE)

    @property
    def waits_for_more(self) -> bool:
        """Nothing was put in line that was not waited for."""
        return self._played.empty()


class HandVoice:
    """Ten samples a character; pieces with a gate are ready when a test opens it."""

    def __init__(self) -> None:
        self.asked: queue.Queue[str] = queue.Queue()
        self._gates: dict[str, threading.Event] = {}
        self._results: dict[str, Callable[[], Samples]] = {}

    def __call__(self, text: str) -> Samples:
        self.asked.put(text)
        if gate := self._gates.get(text):
            assert gate.wait(PATIENCE)
        make = self._results.get(text)
        return make() if make else np.full(10 * len(text), 0.1, np.float32)

    def gate(self, text: str) -> threading.Event:
        """Set it, and the piece is ready."""
        return self._gates.setdefault(text, threading.Event())

    def gives(self, text: str, made: Samples | EdgeomniError | Exception) -> None:
        """Instead of the usual sound."""

        def make() -> Samples:
            if isinstance(made, Exception):
                raise made
            return made

        self._results[text] = make
