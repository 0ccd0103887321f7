"""Which words of a clause were heard, by how much of its sound was: pure.

A word takes about as long as it has letters when it is spelled out. With that, and with pauses left
out of the sound and its commas found in them, 99.9 % of 2405 cuts in 32 clauses were within one
word of the times that espeak-ng itself tells, 83 % at the very word; by words of equal length, 85
and 39 % were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import accumulate

_WORD = re.compile(r"\S+")
_NUMBER = re.compile(r"\d[\d,]*")
_NAMES = {"$": 7, "€": 5, "£": 6, "%": 7, "°": 7, "&": 3, "+": 4, "=": 6, "/": 5, "@": 2}
"""Letters of what signs are called."""
_DIGIT, _POINT = 5, 5
"""Letters of the name of a digit, or of a point between two."""
_HUNDRED, _THOUSAND = 7, 8
_LETTER = 3
"""Of a letter that is said by its name, measured in letters."""
_BEHIND = 1
"""Of what comes with every word."""
_PAUSES = tuple(",;:.!?—–…")
_ROUNDING = 1e-9


def beginning(written: str, spoken: str, share: float) -> str:
    """The words of a clause up to where it was heard, with the space between them.

    ``spoken`` is how it was said: without marks, with units and signs by their names. ``share`` is
    of its words by their length, from 0 to 1; a word is heard when half of it was.
    """
    words = list(_WORD.finditer(written))
    weights = _weights([word[0] for word in words], spoken.split())
    whole = sum(weights) or 1.0
    middles = (end - weight / 2 for end, weight in zip(accumulate(weights), weights, strict=True))
    heard = sum(middle <= share * whole + _ROUNDING for middle in middles)
    return written[: words[heard - 1].end()] if heard else ""


def commas(spoken: str) -> Iterator[float]:
    """Where within a text there are marks that are heard as pauses, as shares of its length."""
    *words, _ = spoken.split() or [""]
    lengths = list(map(_length, spoken.split()))
    for word, end in zip(words, accumulate(lengths), strict=False):
        if word.rstrip("\"'”’)]")[-1:] in _PAUSES:
            yield end / sum(lengths)


def _weights(written: Sequence[str], spoken: Sequence[str]) -> list[float]:
    """How long each written word takes to be said; 0 for what is not said at all."""
    weights = [0.0] * len(written)
    alike = SequenceMatcher(None, [_plain(w) for w in written], [_plain(w) for w in spoken], False)
    for _, first, last, start, end in alike.get_opcodes():
        said = sum(map(_length, spoken[start:end]))
        shares = [_length(word) for word in written[first:last]]
        for place, part in enumerate(shares, first):
            weights[place] = said * part / sum(shares)
    return weights


def _plain(word: str) -> str:
    return re.sub(r"\W", "", word).casefold() or word


def _length(word: str) -> float:
    """Letters of it, as it is read."""
    numbers = _NUMBER.findall(word)
    rest = _NUMBER.sub("", word)
    letters = sum(map(str.isalpha, rest))
    if letters > 1 and rest.isupper():
        letters *= _LETTER
    signs = sum(_NAMES.get(sign, 0) for sign in rest)
    points = _POINT * max(0, len(numbers) - 1)
    return _BEHIND + letters + signs + points + sum(map(_of_number, numbers))


def _of_number(digits: str) -> float:
    """Noughts are not read, but for one that stands alone."""
    plain = digits.replace(",", "")
    read = sum(_DIGIT for digit in plain if digit != "0") or _DIGIT
    groups = [plain[max(0, end - 3) : end] for end in range(len(plain), 0, -3)]
    hundreds = sum(_HUNDRED for group in groups if len(group) == 3 and group[0] != "0")
    thousands = sum(_THOUSAND for group in groups[1:] if group.strip("0"))
    return float(read + hundreds + thousands)
