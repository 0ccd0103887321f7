"""Whether files are what they should be, and whether there is room for more."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from edgeomni.catalog.progress import Progress, Transfer, size
from edgeomni.errors import DownloadError, ModelError
from edgeomni.sanitise import clean

MARGIN = 64_000_000
"""Bytes that stay free beside what is fetched: a full disk harms more than a missing model."""
_CHUNK = 1 << 20


def sha256_of(path: Path, progress: Progress) -> str:
    """The file's SHA-256 in lower-case hexadecimal."""
    digest, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            done += len(chunk)
            progress.step(Transfer("verify", path.name, done, total))
    return digest.hexdigest()


def matches(path: Path, size: int, sha256: str, progress: Progress) -> bool:
    """Whether the file is there with exactly that content; reads it only when the size fits."""
    try:
        return path.stat().st_size == size and sha256_of(path, progress) == sha256
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ModelError(
            f"{clean(path.name, keep='')} cannot be read: {error.strerror or error}.",
            works="Other models still work.",
            remedy=f"Check the rights of {clean(str(path), keep='')}.",
        ) from error


def need_room(folder: Path, needed: int) -> None:
    """Raise DownloadError unless ``needed`` bytes and a margin are free where ``folder`` is."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < needed + MARGIN:
        raise no_room(folder, needed=needed + MARGIN, free=free)


def no_room(folder: Path, needed: int = 0, free: int = 0) -> DownloadError:
    numbers = f": {size(needed)} are needed, {size(free)} are free" if needed else ""
    return DownloadError(
        f"There is no disk space left for the model in {folder}{numbers}.",
        works="Models that are already here still work.",
        remedy="Free some space (`edgeomni rm NAME` removes a model) and pull again.",
        code="no-disk-space",
    )


def is_full(error: OSError) -> bool:
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def cannot_write(folder: Path, error: OSError) -> DownloadError:
    """The error for a store that refuses a file."""
    if is_full(error):
        return no_room(folder)
    return DownloadError(
        f"Nothing can be written to {folder}: {error.strerror or error}.",
        works="Models that are already here still work.",
        remedy="Check the folder's rights, or set EDGEOMNI_MODELS_DIR to another one.",
    )


def write_durably(path: Path, write: Callable[[Path], None], partial: Path | None = None) -> None:
    """Let ``write`` make a new file, then put it at ``path`` in one step that survives a crash.

    Whatever goes wrong, ``path`` holds the old content or the new one, and no partial file stays.

    Args:
        partial: where the unfinished file grows, on the same disk; by default beside ``path``.
    """
    partial = partial or path.with_name(f".{path.name}.{os.getpid()}.part")
    partial.unlink(missing_ok=True)
    try:
        write(partial)
        with partial.open("rb+") as stream:
            os.fsync(stream.fileno())
        os.replace(partial, path)
        _sync_folder(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open folders, and its replace is durable by itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
