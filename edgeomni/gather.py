"""From what was named on the command line to files: folders, patterns, single names."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable
from pathlib import Path

from edgeomni.errors import MediaError
from edgeomni.looking import MediaKind, camera_of, kind_of

_SPELLED = {"image": "picture or PDF", "video": "video", "audio": "sound"}


def files(names: Iterable[Path], kind: MediaKind = "image") -> list[Path]:
    """Every file that is meant, each once, in the order of naming; a folder's in natural order.

    Of a folder, and of a pattern that a shell left alone, files with an ending of this kind are
    taken; a file that is named itself is taken as it is. Raises MediaError.
    """
    found = [file for name in names for file in _meant(name, kind)]
    return list(dict.fromkeys(found))


def natural(path: Path) -> list[tuple[int, str]]:
    """Sorts ``page-2`` before ``page-10``."""
    parts = re.split(r"(\d+)", str(path).casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _meant(name: Path, kind: MediaKind) -> list[Path]:
    if kind == "image" and camera_of(name) is not None:
        return [name]
    if os.path.isdir(name):
        inside = sorted(_of_kind(_listed(name), kind), key=natural)
        if not inside:
            raise MediaError(f"The folder {name} holds no {_SPELLED[kind]} file.")
        return inside
    if glob.has_magic(str(name)) and not os.path.exists(name):
        matching = sorted(_of_kind(_matching(name), kind), key=natural)
        if not matching:
            raise MediaError(f"No {_SPELLED[kind]} file matches {name}.", remedy="Check the path.")
        return matching
    if os.path.exists(name) and not os.path.isfile(name):
        raise MediaError(
            f"{name} is a device or a pipe, not a file.", remedy="Write it to a file first."
        )
    if not os.path.isfile(name):  # unlike Path, says no to a name that is too long
        raise MediaError(f"The {kind} {name} does not exist.", remedy="Check the path.")
    return [name]


def _listed(folder: Path) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(folder) if not entry.name.startswith(".")]
    except OSError as error:
        raise MediaError(f"The folder {folder} cannot be read: {error.strerror}.") from error


def _matching(pattern: Path) -> list[Path]:
    return [Path(found) for found in glob.glob(str(pattern), recursive=True)]


def _of_kind(paths: Iterable[Path], kind: MediaKind) -> list[Path]:
    return [path for path in paths if kind_of(path) == kind and path.is_file()]
