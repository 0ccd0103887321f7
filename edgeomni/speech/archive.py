"""What was heard and what was said, as files; only where the user asked for that."""

from __future__ import annotations

import itertools
import os
import queue
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from edgeomni.regular import write_whole
from edgeomni.speech.sound_io import HEARD_RATE, SPOKEN_RATE, Samples, Tell, Trouble
from edgeomni.speech.wav_bytes import WavBytes
from edgeomni.talk_events import NOT_RECORDED
from edgeomni.values import AudioClip

Who: TypeAlias = Literal["you", "edgeomni"]

_WAITING = 8
"""Files that may wait for a slow disk: some minutes of talk."""
_PATIENCE = 10.0
"""Seconds that the last of them have at the end."""
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

    Each file is whole or not there. When one cannot be written that is told, and no further one is
    tried.
    """

    def __init__(
        self, folder: Path, tell: Tell, now: Callable[[], datetime] = datetime.now
    ) -> None:
        """``tell`` is called from any thread; ``now`` is the time for names."""
        self._folder, self._tell, self._now = folder, tell, now
        self._turn = 0
        self._given = set[str]()
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
        name = self._free_name(who)
        wav = WavBytes(rate)
        wav.add(AudioClip(samples.astype(np.float32).tobytes(), rate))
        try:
            self._waiting.put_nowait((self._folder / name, wav))
        except queue.Full:
            self._give_up(f"{name} cannot be written: the disk is too slow.")
            return ""
        return name

    def _free_name(self, who: Who) -> str:
        moment = self._now()
        for again in itertools.count():
            name = file_name(moment, self._turn, who, again)
            if name not in self._given and not os.path.lexists(self._folder / name):
                self._given.add(name)
                return name
        raise AssertionError("there is no last number")

    def _write_all(self) -> None:
        while item := self._waiting.get():
            path, wav = item
            if self._failed.is_set():
                continue
            try:
                write_whole(path, wav.parts(), mode=_MINE)
            except (OSError, ValueError) as error:
                why = getattr(error, "strerror", None) or error
                self._give_up(f"{path.name} cannot be written: {why}.")

    def _give_up(self, happened: str) -> None:
        if not self._failed.is_set():
            self._failed.set()
            works = "Nothing is recorded any more; the conversation goes on."
            self._tell(Trouble(NOT_RECORDED, f"{happened} {works}"))
