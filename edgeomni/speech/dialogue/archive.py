"""What was heard and what was said, as files; only where the user asked for that."""

from __future__ import annotations

import errno
import itertools
import os
import queue
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from edgeomni.regular import write_whole
from edgeomni.speech.devices.sound_io import HEARD_RATE, SPOKEN_RATE, Samples, Tell, Trouble
from edgeomni.speech.devices.wav_bytes import HEADER, WavBytes
from edgeomni.talk_events import NOT_RECORDED
from edgeomni.values import AudioClip

Who: TypeAlias = Literal["you", "edgeomni"]

_WAITING = 8
"""Files that may wait for a slow disk: some minutes of talk."""
_PATIENCE = 10.0
"""Seconds that the last of them have at the end."""
_SPARE = 1 << 16
"""Bytes that a disk needs besides, for a name and for what else is written meanwhile."""
_MINE = 0o600
"""Nobody else reads what somebody said."""


def file_name(moment: datetime, turn: int, who: Who, again: int = 0) -> str:
    """``2026-11-28 19.44.08 turn 1 you.wav``, so that names sort as it went. Pure.

    ``again`` tells those apart that would have one name.
    """
    more = f" ({again + 1})" if again else ""
    return f"{moment:%Y-%m-%d %H.%M.%S} turn {turn} {who}{more}.wav"


class Archive:
    """Writes on a thread of its own: a conversation never waits for a disk.

    A file that has its name and is not written yet is empty: so nobody else takes that name. When
    one cannot be written that is told, it is removed, and no further one is tried.
    """

    def __init__(
        self, folder: Path, tell: Tell, now: Callable[[], datetime] = datetime.now
    ) -> None:
        """``tell`` is called from any thread; ``now`` is the time for names."""
        self._folder, self._tell, self._now = folder, tell, now
        self._turn = 0
        self._failed = threading.Event()
        self._waiting: queue.Queue[tuple[Path, WavBytes] | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._write_all, name="archive", daemon=True)
        self._thread.start()

    def heard(self, samples: Samples) -> str:
        """A turn begins with what was said at ``HEARD_RATE``; the name of its file, or nothing."""
        self._turn += 1
        return self._put("you", samples, HEARD_RATE)

    def spoken(self, samples: Samples) -> str:
        """What of an answer was heard, at ``SPOKEN_RATE``; the name of its file, or nothing."""
        return self._put("edgeomni", samples, SPOKEN_RATE)

    def close(self) -> None:
        """Wait for what is being written."""
        try:
            self._waiting.put(None, timeout=_PATIENCE)
        except queue.Full:
            return
        self._thread.join(_PATIENCE)

    def _put(self, who: Who, samples: Samples, rate: int) -> str:
        if self._failed.is_set() or not len(samples):
            return ""
        name = self._taken_name(who)
        if not name:
            return ""
        wav = WavBytes(rate)
        wav.add(AudioClip(samples.astype(np.float32).tobytes(), rate))
        if not self._has_room(HEADER + 2 * len(samples)):
            self._give_up(self._folder / name, os.strerror(errno.ENOSPC))
            return ""
        try:
            self._waiting.put_nowait((self._folder / name, wav))
        except queue.Full:
            self._give_up(self._folder / name, "the disk is too slow")
            return ""
        return name

    def _has_room(self, size: int) -> bool:
        """For a file of so many bytes, whose name is told before it is written."""
        try:
            return shutil.disk_usage(self._folder).free >= size + _SPARE
        except OSError:
            return True  # then writing fails as well, and says why

    def _taken_name(self, who: Who) -> str:
        """A name that was free, with an empty file; nothing, where there can be none."""
        moment = self._now()
        for again in itertools.count():
            path = self._folder / file_name(moment, self._turn, who, again)
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _MINE))
            except FileExistsError:
                continue
            except OSError as error:
                self._tell_once(path, error.strerror or str(error))
                return ""
            return path.name
        raise AssertionError("there is no last number")

    def _write_all(self) -> None:
        while item := self._waiting.get():
            path, wav = item
            if self._failed.is_set():
                _remove(path)
                continue
            try:
                write_whole(path, wav.parts(), mode=_MINE)
            except (OSError, ValueError) as error:
                self._give_up(path, getattr(error, "strerror", None) or str(error))

    def _give_up(self, path: Path, why: str) -> None:
        """On a name that was taken."""
        self._tell_once(path, why)
        _remove(path)

    def _tell_once(self, path: Path, why: str) -> None:
        if not self._failed.is_set():
            self._failed.set()
            works = "Nothing is recorded any more; the conversation goes on."
            self._tell(Trouble(NOT_RECORDED, f"{path.name} cannot be written: {why}. {works}"))


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
