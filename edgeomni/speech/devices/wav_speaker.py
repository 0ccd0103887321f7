"""A WAV file as a loudspeaker: what would have been heard, and the silence between it."""

from __future__ import annotations

import os
import stat
import threading
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from edgeomni.errors import MediaError
from edgeomni.regular import unfinished
from edgeomni.speech.devices.line import Line
from edgeomni.speech.devices.sound_io import SPOKEN_RATE, Clock, Samples, Tell, Trouble
from edgeomni.speech.devices.wav_bytes import HEADER, header

_MOST = 2**32 - 1 - HEADER
"""Bytes of sound that a WAV file can tell of: 24 hours."""


class WavSpeaker:
    """Implements ``Speaker``. The file has 16 bits, mono, ``SPOKEN_RATE``; its first sample is now.

    It is written under a temporary name, whole at every moment, and gets its own when it is closed.
    What still waits then is written too. A file that was there keeps its mode, as in
    ``write_whole``. ``underruns`` is always 0.
    """

    underruns = 0

    def __init__(self, path: Path, clock: Clock, tell: Tell) -> None:
        """``tell`` is told when the disk takes no more."""
        self._path = Path(os.path.realpath(path))  # a link stays one
        self._part = unfinished(self._path)
        if os.path.exists(self._path) and not os.path.isfile(self._path):
            what = "a folder" if os.path.isdir(self._path) else "a device or a pipe"
            raise MediaError(
                f"{path} cannot be written: it is {what}.", remedy="Name a WAV file for it."
            )
        try:
            self._file: BinaryIO | None = _opened(self._part, like=self._path)
            self._file.write(_head(0))
        except (OSError, ValueError) as error:
            raise MediaError(
                f"{path} cannot be written: {getattr(error, 'strerror', None) or error}.",
                remedy="Choose a folder that you may write to.",
            ) from error
        self._clock, self._tell = clock, tell
        self._began = clock.now()
        self._line = Line(SPOKEN_RATE)
        self._lock = threading.Lock()
        self._written = 0
        """Samples"""

    def play(self, samples: Samples) -> None:
        self._catch_up()
        self._line.play(samples)

    def hush(self) -> None:
        self._catch_up()
        self._line.hush()

    def duck(self, on: bool) -> None:
        self._catch_up()
        self._line.duck(on)

    @property
    def queued(self) -> int:
        return self._line.queued

    @property
    def heard(self) -> int:
        self._catch_up()
        return int(self._line.taken)

    def close(self) -> None:
        self._catch_up()
        with self._lock:
            while self._line.taken < self._line.queued:
                self._write(min(SPOKEN_RATE, self._line.queued - int(self._line.taken)))
            file, self._file = self._file, None
            if file is None:
                return
            try:
                file.close()
                os.replace(self._part, self._path)
            except OSError as error:
                self._complain(error)

    def _catch_up(self) -> None:
        """Write all that was to be heard up to now."""
        with self._lock:
            due = int((self._clock.now() - self._began) * SPOKEN_RATE)
            while self._written < due:
                self._write(min(SPOKEN_RATE, due - self._written))

    def _write(self, count: int) -> None:
        """Time goes on for the line whether or not the disk takes it."""
        sound = self._line.take(count)[0]
        self._written += count
        if self._file is None:
            return
        try:
            # The size is there before the sound: a reader takes what is there, if that is less.
            self._file.seek(0)
            self._file.write(_head(2 * self._written))
            self._file.seek(0, os.SEEK_END)
            self._file.write((sound * 32767).round().astype("<i2").tobytes())
            self._file.flush()
        except OSError as error:
            with suppress(OSError):  # what was buffered has no place either
                self._file.close()
            self._file = None
            kept = ""
            with suppress(OSError):
                os.replace(self._part, self._path)
                kept = " What was heard until then is in it."
            self._complain(error, kept)

    def _complain(self, error: OSError, kept: str = "") -> None:
        happened = f"{self._path.name} cannot be written any more: {error.strerror or error}."
        self._tell(Trouble("not-written", f"{happened}{kept} The conversation goes on."))


def _opened(part: Path, *, like: Path) -> BinaryIO:
    """A new file, with the mode of the one that it is to replace, if that is there."""
    mode = None
    with suppress(FileNotFoundError):
        mode = stat.S_IMODE(os.stat(like).st_mode)
    new = 0o666 if mode is None else mode
    file = open(part, "xb+", opener=lambda name, flags: os.open(name, flags, new))  # noqa: SIM115
    if mode is not None:
        os.chmod(part, mode)  # as it was, whatever new files are denied
    return file


def _head(size: int) -> bytes:
    return header(SPOKEN_RATE, min(size, _MOST))
