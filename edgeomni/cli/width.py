"""How wide text is on a terminal, where some characters take two columns and some none. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_NONE = ("Mn", "Me", "Cf")
"""Categories of what is drawn onto the character before it, or not at all."""


def columns(text: str) -> int:
    """At most so many: of characters that are joined to one, each is counted."""
    return len(text) if text.isascii() else sum(map(_of, text))


def beginning(text: str, width: int) -> str:
    """As much of the beginning as fits into so many columns."""
    return text[: _count(text, width)]


def end(text: str, width: int) -> str:
    """As much of the end."""
    return text[len(text) - _count(reversed(text), width) :]


def _count(characters: Iterable[str], width: int) -> int:
    count, used = 0, 0
    for char in characters:
        used += _of(char)
        if used > width:
            break
        count += 1
    return count


def _of(char: str) -> int:
    if unicodedata.category(char) in _NONE:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
