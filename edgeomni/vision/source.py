"""Open a media file that somebody named: there, a file, readable, of a sane size."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from edgeomni.errors import MediaError
from edgeomni.regular import open_at_once

UNHARMED = "Nothing else was touched."


def open_regular(path: Path, max_bytes: int) -> BinaryIO:
    """The file, opened for reading; never a folder, a device or a pipe. Raises MediaError."""
    try:
        fd = open_at_once(path)
    except (OSError, ValueError) as error:
        raise _cannot_open(path, error) from error
    try:
        _check(path.name, os.fstat(fd), max_bytes)
    except MediaError:
        os.close(fd)
        raise
    return os.fdopen(fd, "rb")


def _check(name: str, found: os.stat_result, max_bytes: int) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise _folder(name)
    if not stat.S_ISREG(found.st_mode):
        raise refusal(f"{name} is not a file but a device or a pipe.", "Name a file.")
    if not found.st_size:
        raise refusal(f"{name} is empty.", "Check that it was copied or downloaded whole.")
    if found.st_size > max_bytes:
        size, limit = found.st_size / 2**20, max_bytes / 2**20
        raise refusal(f"{name} has {size:.0f} MiB; the limit is {limit:.0f}.", "Make it smaller.")


def refusal(happened: str, remedy: str) -> MediaError:
    """The error for a file that cannot be used."""
    return MediaError(happened, works=UNHARMED, remedy=remedy)


def _folder(name: str) -> MediaError:
    return refusal(f"{name} is a folder.", "Name a file in it.")


def _cannot_open(path: Path, error: OSError | ValueError) -> MediaError:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return refusal(f"There is no file {path}.", "Check the name and the folder.")
        case IsADirectoryError():
            return _folder(path.name)
        case PermissionError():
            # Windows says the same of a folder.
            if path.is_dir():
                return _folder(path.name)
            happened = f"You have no permission to read {path.name}."
            return refusal(happened, "Allow reading it, or copy it to where you may.")
        case OSError():
            return refusal(f"{path.name} cannot be opened: {error.strerror}.", "Check the disk.")
    return refusal(f"{str(path)!r} is not a file name.", "Check the name.")
