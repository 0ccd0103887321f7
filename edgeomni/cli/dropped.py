"""Finds the picture, clip or sound that was dropped on the terminal among the words of a line."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from edgeomni.looking import MediaKind, kind_of

# Terminals quote a dropped path, escape its spaces, or write it as an address.
_WORD = re.compile(r"""'[^']+'|"[^"]+"|(?:\\.|[^\s'"])+""")


def attachments(line: str) -> tuple[list[tuple[MediaKind, Path]], str]:
    """Files of a known kind that exist, as (kind, path), and the line without them."""
    found: list[tuple[MediaKind, Path]] = []

    def take(word: re.Match[str]) -> str:
        path = plain_path(word[0])
        kind = kind_of(path)
        if kind is None or not _exists(path):
            return word[0]
        found.append((kind, path))
        return ""

    rest = _WORD.sub(take, line)
    return found, " ".join(rest.split()) if found else line


def plain_path(word: str) -> Path:
    """The path that was meant by a quoted, escaped or ``file:`` spelling."""
    word = word.strip()
    if len(word) > 1 and word[0] == word[-1] and word[0] in "'\"":
        word = word[1:-1]
    elif "\\" in word and not re.match(r"[A-Za-z]:\\|\\\\", word):
        word = re.sub(r"\\(.)", r"\1", word)
    if word.startswith("file://"):
        word = unquote(urlsplit(word).path)
    try:
        return Path(word).expanduser()
    except RuntimeError:  # "~name" of nobody
        return Path(word)


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, or with a NUL
        return False
