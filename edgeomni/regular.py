"""Files that are files: a folder, a device or a pipe is refused instead of waited for.

Read no further than is borne, and written whole or not at all.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO


def open_at_once(path: Path) -> int:
    """A descriptor for reading, without waiting for whoever may write to a named pipe."""
    return os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))


def open_regular(path: Path) -> BinaryIO:
    """The file, opened for reading. Raises OSError, also for what is not a regular file."""
    fd = open_at_once(path)
    mode = os.fstat(fd).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(fd, "rb")
    os.close(fd)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
    raise OSError(errno.EINVAL, "it is not a file but a device or a pipe", str(path))


def read_up_to(path: Path, limit: int) -> bytes | None:
    """All of a regular file; None when it has more than ``limit`` bytes. Raises OSError."""
    with open_regular(path) as file:
        raw = file.read(limit + 1)
    return raw if len(raw) <= limit else None


def write_whole(path: Path, parts: Iterable[bytes], *, mode: int = 0o666) -> None:
    """What was there stays until all is on the disk. ``mode`` is that of a new file.

    Raises OSError, and ValueError for what no file can be called.
    """
    part = path.with_name(path.name + ".part")
    try:
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        with suppress(OSError, ValueError):
            part.unlink()
        raise
