"""From what was named on the command line to files: folders, patterns, single names."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable
from pathlib import Path

from edgeomni.errors import MediaError

PICTURES = frozenset(
    [".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif"]
)
DOCUMENTS = frozenset([".pdf"])
SOUNDS = frozenset([".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a"])
CLIPS = frozenset([".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".ts", ".mpg", ".mpeg"])
SEEN = PICTURES | DOCUMENTS
"""What ``-i`` takes out of a folder."""


def files(names: Iterable[Path], kinds: frozenset[str] = SEEN) -> list[Path]:
    """Every file that is meant, each once, in the order of naming; a folder's in natural order.

    Of a folder, and of a pattern that a shell left alone, files whose ending is in ``kinds`` are
    taken; a file that is named itself is taken as it is. Raises MediaError.
    """
    found = [file for name in names for file in _meant(name, kinds)]
    return list(dict.fromkeys(found))


def natural(path: Path) -> list[tuple[int, str]]:
    """Sorts ``page-2`` before ``page-10``."""
    parts = re.split(r"(\d+)", str(path).casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _meant(name: Path, kinds: frozenset[str]) -> list[Path]:
    if os.path.isdir(name):
        inside = sorted(_of_kind(_listed(name), kinds), key=natural)
        if not inside:
            raise MediaError(f"The folder {name} holds no {_spelled(kinds)} file.")
        return inside
    if glob.has_magic(str(name)) and not os.path.exists(name):
        matching = sorted(_of_kind(_matching(name), kinds), key=natural)
        if not matching:
            raise MediaError(f"No {_spelled(kinds)} file matches {name}.", remedy="Check the path.")
        return matching
    if not os.path.isfile(name):  # unlike Path, says no to a name that is too long
        raise MediaError(f"The file {name} does not exist.", remedy="Check the path.")
    return [name]


def _listed(folder: Path) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(folder) if not entry.name.startswith(".")]
    except OSError as error:
        raise MediaError(f"The folder {folder} cannot be read: {error.strerror}.") from error


def _matching(pattern: Path) -> list[Path]:
    return [Path(found) for found in glob.glob(str(pattern), recursive=True)]


def _of_kind(paths: Iterable[Path], kinds: frozenset[str]) -> list[Path]:
    return [path for path in paths if path.suffix.lower() in kinds and path.is_file()]


def _spelled(kinds: frozenset[str]) -> str:
    if kinds == SEEN:
        return "picture or PDF"
    return ", ".join(sorted(kind[1:].upper() for kind in kinds))
