"""From what was named on the command line to files: folders, patterns, single names."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from edgeomni.errors import MediaError
from edgeomni.looking import MediaKind, camera_of, kind_of

_SPELLED = {"image": "picture or PDF", "video": "video", "audio": "sound"}

_ADDRESS = re.compile(r"[a-z]{2,10}:/", re.ASCII | re.IGNORECASE)
"""Of which a path has one slash less."""


def files(names: Iterable[Path], *kinds: MediaKind) -> list[Path]:
    """Every file that is meant, each once, in the order of naming; a folder's in natural order.

    Of a folder, and of a pattern that a shell left alone, files with an ending of these
    kinds are taken, pictures and documents if none is named; a file that is named itself is taken
    as it is. Raises MediaError.
    """
    found = [file for name in names for file in _meant(name, kinds or ("image",))]
    return list(dict.fromkeys(found))


def fresh(name: Path, seen: set[Path], *kinds: MediaKind) -> list[Path]:
    """What a name means beside ``seen``, to which it is added. Raises MediaError.

    A folder or a pattern brings what was not shown yet, as they overlap by chance; a file that is
    named itself is meant as often as it is named.
    """
    meant = files([name], *kinds)
    found = meant if meant == [name] else [file for file in meant if file not in seen]
    seen.update(found)
    return found


def once(named: Iterable[Path]) -> list[Path]:
    """Every file once, under its first name."""
    known: dict[Path, Path] = {}
    for file in named:
        known.setdefault(file.absolute(), file)
    return list(known.values())


def natural(path: Path) -> list[tuple[int, str]]:
    """Sorts ``page-2`` before ``page-10``."""
    parts = re.split(r"(\d+)", str(path).casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _meant(name: Path, kinds: Sequence[MediaKind]) -> list[Path]:
    if "image" in kinds and camera_of(name) is not None:
        return [name]
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
    if os.path.exists(name) and not os.path.isfile(name):
        raise MediaError(
            f"{name} is a device or a pipe, not a file.", remedy="Write it to a file first."
        )
    if not os.path.isfile(name):  # unlike Path, says no to a name that is too long
        raise _missing(name, kinds[0])
    return [name]


def _missing(name: Path, kind: MediaKind) -> MediaError:
    if address := _ADDRESS.match(str(name)):
        url = f"{address[0]}/{str(name)[address.end() :].lstrip('/')}"
        return MediaError(
            f"{url} is an address, and addresses are never opened.",
            remedy="Download it yourself, and name the file.",
        )
    try:
        os.stat(name)
    except PermissionError:
        return MediaError(
            f"You have no permission to look at {name}.",
            remedy="Allow it for its folder, or copy the file to where you may read it.",
        )
    except (OSError, ValueError):
        pass
    return MediaError(f"The {kind} {name} does not exist.", remedy="Check the path.")


def _listed(folder: Path) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(folder) if not entry.name.startswith(".")]
    except OSError as error:
        raise MediaError(f"The folder {folder} cannot be read: {error.strerror}.") from error


def _matching(pattern: Path) -> list[Path]:
    return [Path(found) for found in glob.glob(str(pattern), recursive=True)]


def _of_kind(paths: Iterable[Path], kinds: Sequence[MediaKind]) -> list[Path]:
    return [path for path in paths if kind_of(path) in kinds and path.is_file()]


def _spelled(kinds: Sequence[MediaKind]) -> str:
    return " or ".join(_SPELLED[kind] for kind in kinds)
