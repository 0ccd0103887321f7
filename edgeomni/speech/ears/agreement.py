"""Which words of a transcript that is still growing will stay: LocalAgreement. Pure.

Words on which two transcripts in a row agree are taken for certain (Macháček, Dabre, Bojar 2023,
"Turning Whisper into real-time transcription system").
"""

from __future__ import annotations

import re

_BARE = re.compile(r"[^\w']+")


class Agreement:
    """Follows the transcripts of one turn."""

    def __init__(self) -> None:
        self._certain: list[str] = []
        self._before: list[str] = []

    def take(self, text: str) -> tuple[str, str]:
        """The words that stay, and those that may still change behind them."""
        words = text.split()
        agreed = _common(self._before, words)
        self._before = words
        if agreed > len(self._certain):
            self._certain = words[:agreed]
        kept = len(self._certain)
        return " ".join(self._certain), " ".join(words[kept:])


def _common(one: list[str], other: list[str]) -> int:
    """Words at the beginning that are the same but for capitals and marks."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if _bare(a) != _bare(b):
            break
        count += 1
    return count


def _bare(word: str) -> str:
    return _BARE.sub("", word).casefold()
