"""Files that are files: a folder, a device or a pipe is refused instead of waited for.

Read no further than is borne, written whole or not at all, and by one process at a time.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO

_LONGEST_NAME = 200
"""Bytes of a file's name that its unfinished copy bears too: names have 255 bytes at most."""


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


def same_file(one: Path, other: Path) -> bool:
    """Whether both names lead to one file; no, where one of them is not there."""
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def unfinished(path: Path) -> Path:
    """A name beside it for what is not whole yet; opened with ``x``, it is nobody else's file, and
    no link that somebody has laid there.
    """
    name = os.fsdecode(os.fsencode(path.name)[:_LONGEST_NAME])
    return path.with_name(f".{name}.{secrets.token_hex(4)}.part")


def write_whole(path: Path, parts: Iterable[bytes], *, mode: int = 0o666) -> None:
    """What was there stays until all is on the disk. ``mode`` is that of a new file.

    A file that was there keeps its mode. A link stays one, and what it leads to is written. A
    device or a pipe is written to, never replaced: whoever may do that would take ``/dev/null``
    from everybody.

    Raises OSError, and ValueError for what no file can be called.
    """
    path = Path(os.path.realpath(path))
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "wb") as device:
            device.writelines(parts)
        return
    with suppress(FileNotFoundError):
        mode = stat.S_IMODE(os.stat(path).st_mode)
    part = unfinished(path)
    try:
        with open(part, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
            if os.path.exists(path):
                os.chmod(part, mode)  # as it was, whatever new files are denied
        os.replace(part, path)
    except BaseException:
        with suppress(OSError, ValueError):
            part.unlink()
        raise


@contextmanager
def alone(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold the lock file at ``path``, which may be removed meanwhile; a lock ends with its process.

    Raises OSError; without ``wait`` BlockingIOError when another process holds it.
    """
    while True:
        with open(path, "ab") as file:
            _lock(file, wait=wait)
            if _is_still(file, path):
                yield
                return


def _is_still(file: IO[bytes], path: Path) -> bool:
    """Not so when its holder removed it while this process waited for it."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False


if os.name == "nt":
    import msvcrt

    def _lock(file: IO[bytes], *, wait: bool) -> None:
        file.seek(0)
        mode = msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK  # type: ignore[attr-defined,unused-ignore]
        try:
            msvcrt.locking(file.fileno(), mode, 1)  # type: ignore[attr-defined,unused-ignore]
        except PermissionError as error:
            raise BlockingIOError(errno.EAGAIN, "another process holds it") from error

else:
    import fcntl

    def _lock(file: IO[bytes], *, wait: bool) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
