"""A file that lines are appended to, each of them whole."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from edgeomni.errors import InputError


class Journal:
    """One file, open from the beginning; a new one is readable by its owner alone."""

    def __init__(self, path: Path, tell: Callable[[str], None]) -> None:
        """``tell`` takes a line for the user. Raises InputError."""
        self._path, self._tell = path, tell
        self._told = False
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        # Of a pipe that nobody reads it is said so, instead of waiting for somebody.
        flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
        try:
            self._fd = os.open(path, flags, 0o600)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InputError(
                f"{path} cannot be written to: {reason}.",
                works="Nothing was watched yet.",
                remedy="Name another file for --log.",
                code="not-saved",
            ) from error

    def add(self, line: str) -> None:
        """At once; what a full disk keeps from being written is left out, and told once."""
        raw = f"{line}\n".encode("utf-8", "replace")
        written, error = 0, ""
        try:
            written = os.write(self._fd, raw)
        except OSError as failed:
            error = failed.strerror or str(failed)
        if written == len(raw):
            self._told = False
            return
        if written:  # half a line would spoil the next one
            with suppress(OSError):
                os.ftruncate(self._fd, os.fstat(self._fd).st_size - written)
        if not self._told:
            why = error or "there is no room for it"
            self._tell(f"{self._path} is not written to at present: {why}. The watch goes on.")
        self._told = True

    def close(self) -> None:
        with suppress(OSError):
            os.close(self._fd)
