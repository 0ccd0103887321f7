"""How many words of a transcript are wrong. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBERS = {"2": "two", "3": "three", "7": "seven", "8": "eight", "11": "eleven", "12": "twelve"}


def plain(text: str) -> list[str]:
    """Words without marks and capitals; numbers as the sentences spell them."""
    found = re.findall(r"[^\W_]+(?:'[^\W_]+)?", text.casefold())
    return [_NUMBERS.get(word, word) for word in found]


def wrong(said: str, heard: str) -> tuple[int, int]:
    """Words to change, add or take away, and how many words there were."""
    wanted, found = plain(said), plain(heard)
    return _distance(wanted, found), len(wanted)


def _distance(one: Sequence[str], other: Sequence[str]) -> int:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        above, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (a != b))
    return row[-1]
