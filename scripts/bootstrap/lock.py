"""Keeps two set-ups of one checkout apart; the lock ends with the process that holds it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO


@contextmanager
def held(path: str, waiting: Callable[[], None]) -> Iterator[int]:
    """Hold the lock file at ``path``; ``waiting`` is called once when somebody else has it.

    Yields the file descriptor. A child that inherits it keeps the lock when its parent is killed.
    """
    with open(path, "a+b") as file:
        if not _take(file):
            waiting()
            while not _take(file):
                time.sleep(0.2)
        yield file.fileno()


if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[bytes]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
