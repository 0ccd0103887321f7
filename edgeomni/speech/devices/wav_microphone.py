"""A WAV file as a microphone: at the pace of the clock, or as fast as somebody listens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import numpy as np

from edgeomni.errors import MediaError
from edgeomni.regular import open_regular
from edgeomni.speech.devices.blocks import Blocks
from edgeomni.speech.devices.sound_io import (
    BLOCK,
    HEARD_RATE,
    Block,
    Clock,
    Samples,
    Tell,
    Trouble,
)
from edgeomni.speech.devices.wav_format import WavFormat, read_format

_FRAMES = 4096
"""Read at a time: an hour of sound never stands in memory."""


class FileClock:
    """Time that passes as a file is read: give it to all devices of a conversation with files."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def wait_until(self, moment: float) -> None:
        self.advance_to(moment)

    def advance_to(self, seconds: float) -> None:
        """Time never goes back."""
        self._now = max(self._now, seconds)


class WavMicrophone:
    """Implements ``Microphone``.

    A ``FileClock`` is moved on by what is read; any other clock is waited for, from the first
    ``read`` on. Damage within the sound becomes silence, a file that is cut short ends early.

    Codes that it tells: cut-short.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        tell: Tell = lambda trouble: None,
        *,
        tail: float = 0.0,
    ) -> None:
        """``tail`` is silence behind the end, in seconds, for the last utterance to end in."""
        self._file, self._format = _opened(path)
        if said := self._format.cut_short(path.name):
            tell(Trouble("cut-short", said))
        self._clock = clock
        self._blocks = self._cut(tail)
        self._count = 0
        self._began: float | None = None
        self._closed = threading.Event()
        self._lock = threading.Lock()

    def read(self) -> Block | None:
        with self._lock:
            samples = None if self._closed.is_set() else next(self._blocks, None)
        if samples is None:
            self.close()
            return None
        if self._began is None:
            self._began = self._clock.now()
        self._count += 1
        at = self._began + self._count * BLOCK / HEARD_RATE
        return Block(samples, at) if self._reach(at) else None

    def close(self) -> None:
        self._closed.set()
        with self._lock:
            self._file.close()

    def _reach(self, at: float) -> bool:
        """False when it was closed before that time came."""
        if isinstance(self._clock, FileClock):
            self._clock.advance_to(at)
            return True
        while (rest := at - self._clock.now()) > 0:
            if self._closed.wait(rest):
                return False
        return True

    def _cut(self, tail: float) -> Iterator[Samples]:
        blocks = Blocks(self._format.rate)
        while raw := self._raw():
            yield from blocks.feed(self._format.samples(raw))
        yield from blocks.finish()
        silent = np.zeros(BLOCK, np.float32)
        for _ in range(-(-round(tail * HEARD_RATE) // BLOCK)):
            yield silent

    def _raw(self) -> bytes:
        """Some frames more; empty at the end, and where the disk gives no more."""
        left = self._format.end - self._file.tell()
        try:
            raw = self._file.read(min(left, _FRAMES * self._format.frame))
        except OSError:
            return b""
        return raw if len(raw) >= self._format.frame else b""


def _opened(path: Path) -> tuple[BinaryIO, WavFormat]:
    """The file, where its sound begins. Raises MediaError."""
    with ExitStack() as if_refused:
        try:
            file = if_refused.enter_context(open_regular(path))
            found = read_format(file, path.name)
            file.seek(found.start)
        except OSError as error:
            raise MediaError(
                f"{path} cannot be read: {error.strerror or error}.", remedy="Check the path."
            ) from error
        if_refused.pop_all()
    return file, found
