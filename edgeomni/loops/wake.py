"""A wake phrase: who is not called does not answer. Pure."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

OPEN = 15.0
"""Seconds after an answer in which one may go on without the phrase."""
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_ALIKE = 0.75
"""Of the letters: a name is rarely spelt as it is meant."""
_LATE = 2
"""Words that may stand before the phrase, as in "okay, hey computer"."""


class WakePhrase:
    """Remembers until when it is being talked to."""

    def __init__(self, phrase: str) -> None:
        """``phrase`` has a word at least."""
        self._words = _words(phrase)
        self._open_until = 0.0

    def calls(self, text: str, at: float) -> str | None:
        """What is asked, without the phrase; None for words that are meant for somebody else.

        ``at`` is when they were spoken, in seconds; the phrase alone asks nothing, and opens.
        """
        said = list(_WORD.finditer(text))
        count = len(self._words)
        for start in range(min(_LATE + 1, len(said) - count + 1)):
            here = said[start : start + count]
            if _alike([word[0].casefold() for word in here], self._words):
                self._open_until = max(self._open_until, at + OPEN)
                return text[here[-1].end() :].lstrip(" ,.!?;:-")
        return text if at <= self._open_until else None

    def answered(self, at: float) -> None:
        """An answer is over: what is said next may be meant for us."""
        self._open_until = at + OPEN


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _alike(one: list[str], other: list[str]) -> bool:
    return SequenceMatcher(None, "".join(one), "".join(other), autojunk=False).ratio() >= _ALIKE
