"""Brings blocks of a microphone to who listens, one by one: a machine that is slow drops none here.

A microphone keeps what comes meanwhile, as much as it can, and then drops and says so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from edgeomni.speech.devices.sound_io import BLOCK, Block, Clock, Microphone
from edgeomni.speech.dialogue.ear import SECONDS


@dataclass(frozen=True, slots=True)
class NoMore:
    """The microphone has come to its end; silence goes on behind it."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The microphone raised what it never should."""

    error: Exception


Pumped: TypeAlias = Block | NoMore | Broken


class Pump:
    """One thread; it waits after each block until the next one is asked for."""

    def __init__(self, microphone: Microphone, clock: Clock, put: Callable[[Pumped], None]) -> None:
        self._microphone, self._clock, self._put = microphone, clock, put
        self._wanted = threading.Semaphore(0)
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="microphone", daemon=True)

    def start(self) -> None:
        """The first block need not be asked for."""
        self._thread.start()

    def next(self) -> None:
        """The block that came last was taken."""
        self._wanted.release()

    def stop(self) -> None:
        """Bring no further block; one that is waited for is forgotten."""
        self._stopped = True
        self._wanted.release()

    def _run(self) -> None:
        try:
            self._give_silence(self._give_blocks())
        except Exception as error:  # else the conversation would wait for ever
            self._put(Broken(error))

    def _give_blocks(self) -> float:
        """Returns when the last block ended, by the clock."""
        at = self._clock.now()
        while not self._stopped and (block := self._microphone.read()) is not None:
            at = block.at
            self._give(block)
        return at

    def _give_silence(self, at: float) -> None:
        """What was said last is still to be answered and heard."""
        silence = np.zeros(BLOCK, np.float32)
        if not self._stopped:
            self._put(NoMore())
        while not self._stopped:
            at += SECONDS
            self._clock.wait_until(at)
            self._give(Block(silence, at))

    def _give(self, block: Block) -> None:
        if not self._stopped:
            self._put(block)
            self._wanted.acquire()
