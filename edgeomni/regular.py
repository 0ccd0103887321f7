"""Opens files that are files: a folder, a device or a pipe is refused instead of waited for."""

from __future__ import annotations

import errno
import os
import stat
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
