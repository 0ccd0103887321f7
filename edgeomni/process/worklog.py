"""The log of a worker: what it and its native libraries print, bounded, and its last line."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import IO

MAX_LOG = 4 << 20
"""Bytes; a log that is longer begins anew."""
_TAIL = 4096
"""Bytes at the end in which the last line is looked for."""
_MAX_WORDS = 200
"""Characters of the last line that are shown."""
_COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


class WorkLog:
    """Errors of the disk are passed over: a worker works without a log, too."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self) -> IO[bytes]:
        """For appending, readable by the user alone."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError:
            return open(os.devnull, "ab")
        return open(fd, "ab")

    def size(self) -> int:
        """Bytes."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def trim(self) -> None:
        """Begin anew when it is too long; a worker that appends goes on at the new end."""
        if self.size() > MAX_LOG:
            try:
                os.truncate(self.path, 0)
            except OSError:
                return

    def last_words(self, start: int) -> str:
        """The last line written at or after byte ``start``, cleaned; empty when there is none."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                # Shorter than at the start: it was trimmed in the meantime, and all of it is new.
                file.seek(max(start if start <= size else 0, size - _TAIL))
                tail = file.read(_TAIL).decode("utf-8", "replace")
        except OSError:
            return ""
        lines = [cleaned for line in tail.splitlines() if (cleaned := clean(line))]
        return lines[-1] if lines else ""


def clean(line: str) -> str:
    """Fit for a terminal: without control characters, of bounded length."""
    shown = "".join(c if c.isprintable() else " " for c in _COLOURS.sub("", line)).strip()
    return shown if len(shown) <= _MAX_WORDS else shown[: _MAX_WORDS - 1] + "…"
