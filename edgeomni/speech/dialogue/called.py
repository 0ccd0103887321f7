"""Whether words begin with a phrase that somebody is called by. Pure."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_ALIKE = 0.75
"""Of the letters: a name is rarely spelt as it is meant."""
_LATE = 2
"""Words that may stand before the phrase, as in "okay, hey computer"."""


def bare_words(phrase: str) -> list[str]:
    """In small letters; none where it has nothing that can be said."""
    return [word.casefold() for word in WORD.findall(phrase)]


def behind_call(text: str, phrase: str) -> str | None:
    """What follows the phrase, empty for the phrase alone; None where nobody is called.

    ``phrase`` has a word at least.
    """
    wanted, said = bare_words(phrase), list(WORD.finditer(text))
    count = len(wanted)
    for start in range(min(_LATE + 1, len(said) - count + 1)):
        here = said[start : start + count]
        if _alike([word[0].casefold() for word in here], wanted):
            return text[here[-1].end() :].lstrip(" ,.!?;:-")
    return None


def _alike(one: list[str], other: list[str]) -> bool:
    return SequenceMatcher(None, "".join(one), "".join(other), autojunk=False).ratio() >= _ALIKE
