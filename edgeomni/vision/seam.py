"""Join what was read from neighbouring parts of a long picture: pure.

Both parts show the lines of their overlap, and a model reads these twice, not always alike: blanks,
marks and single letters differ, and a line that the cut went through may be half a line. What is
taken for a repetition stands at the seam, the end of the one text and the beginning of the other;
in doubt a line stays twice.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import IntEnum
from functools import cached_property
from itertools import accumulate

_FARTHEST = 40
"""Lines to look for a repetition in; an overlap shows several."""
_MOST_LETTERS = 4000
"""Of these lines together; comparing takes the square of it."""
_WORD = 0.8
"""Share of letters that two readings of a word have in common."""
_SHORT_WORD = 4
"""Letters of a word that must be the same: too few to tell a slip from another word."""
_WHOLE = 0.9
"""Share of letters of two readings of a line whose words are parted differently."""
_SLIPS = 0.8
"""The same where more than single letters differ."""
_CUT = 0.5
"""The same where the cut may have gone through the letters."""
_TELLING = 12
"""Letters from which on a line that is like another, or part of it, is no chance."""
_RUN = 5
"""Words that end one line and begin the next, from which on that is no chance."""
_LOOKALIKES = str.maketrans("oil|sbz", "011158" + "2")
"""Letters that are read for digits, or each other."""


class _Agreement(IntEnum):
    NONE = 0
    DOUBTFUL = 1
    """Only with two lines beside it that are surely the same."""
    LIKELY = 2
    SURE = 3


@dataclass(frozen=True)
class _Line:
    """A line with letters or digits in it; all others, as rules of tables, say nothing."""

    at: int
    """Its number among all lines."""
    words: tuple[str, ...]

    @cached_property
    def letters(self) -> str:
        return "".join(self.words)

    @cached_property
    def looks(self) -> str:
        return self.letters.translate(_LOOKALIKES)

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """Words that are rather digits than letters with a slip among them."""
        digits = [sum(map(str.isdigit, word)) for word in self.words]
        return tuple(w for w, n in zip(self.words, digits, strict=True) if 2 * n >= len(w))


def without_repetition(upper: str, lower: str) -> tuple[str, str] | None:
    """Both texts with what they share said once; None when nothing is said twice.

    The one goes on in the other, with a line break between them.
    """
    above, below = upper.split("\n"), lower.split("\n")
    ends, begins = _near(list(_speaking(above))[::-1])[::-1], _near(list(_speaking(below)))
    shared = _shared(ends, begins)
    if not shared:
        return _within_a_line(above, below, ends, begins)
    kept = _kept(ends[-shared:], begins[:shared])
    stop = ends[kept - shared].at if kept < shared else ends[-1].at + 1
    start = begins[kept].at if kept < shared else begins[shared - 1].at + 1
    return "\n".join(above[:stop]), "\n".join(below[start:])


def _speaking(lines: Sequence[str]) -> Iterator[_Line]:
    for number, line in enumerate(lines):
        words = tuple(_words(line))
        if words and not line.lstrip().startswith("```"):
            yield _Line(number, words)


def _near(lines: Sequence[_Line]) -> Sequence[_Line]:
    """Of lines that lead away from the seam, those that an overlap may reach."""
    letters = accumulate(len(line.letters) for line in lines)
    count = sum(1 for so_far in letters if so_far <= _MOST_LETTERS)
    return lines[: min(_FARTHEST, max(1, count))]


def _words(line: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", line).casefold()
    return "".join(sign if sign.isalnum() else " " for sign in plain).split()


# ── lines ────────────────────────────────────────────────────────────────────────────────────────


def _shared(ends: Sequence[_Line], begins: Sequence[_Line]) -> int:
    """How many lines the overlap has.

    Of several numbers that are possible, the one with the most lines that differ from each other:
    where a line is repeated in the picture itself, as few of these are taken for one as may be.
    """
    best, evidence = 0, 0
    for count in range(1, min(len(ends), len(begins)) + 1):
        found = _evidence(ends[-count:], begins[:count])
        if found > evidence:
            best, evidence = count, found
    return best


def _evidence(ends: Sequence[_Line], begins: Sequence[_Line]) -> int:
    """How many different lines surely are in both; 0 when these are not the same lines."""
    last = len(ends) - 1
    found = [
        _agreement(one, other, bottom=number == last, top=number == 0)
        for number, (one, other) in enumerate(zip(ends, begins, strict=True))
    ]
    sure = [one.looks for one, how in zip(ends, found, strict=True) if how is _Agreement.SURE]
    different = len(set(sure))
    needed = {_Agreement.NONE: last + 2, _Agreement.DOUBTFUL: 2}.get(min(found), 1)
    return different if different >= needed and 2 * len(sure) > last else 0


def _agreement(one: _Line, other: _Line, *, bottom: bool, top: bool) -> _Agreement:
    """Whether two lines are readings of the same one.

    The cut can have gone through the upper reading at its ``bottom``, and through the lower one at
    its ``top``.
    """
    if one.looks == other.looks:
        return _Agreement.SURE
    letters = min(len(one.letters), len(other.letters))
    if _is_alike(one, other):
        return _Agreement.SURE if letters >= _TELLING else _Agreement.LIKELY
    if (bottom and one.looks in other.looks) or (top and other.looks in one.looks):
        if letters >= _TELLING:
            return _Agreement.SURE
        return _Agreement.LIKELY if 2 * letters >= _TELLING else _Agreement.DOUBTFUL
    same_numbers = one.numbers == other.numbers
    wanted = _CUT if bottom or top else _SLIPS
    like = same_numbers and _likeness(one.letters, other.letters, wanted)
    return _Agreement.DOUBTFUL if like else _Agreement.NONE


def _is_alike(one: _Line, other: _Line) -> bool:
    """But for single letters; another number is another line."""
    if one.numbers != other.numbers:
        return False
    if len(one.words) == len(other.words):
        return all(map(_is_same_word, one.words, other.words))
    longer = max(len(one.letters), len(other.letters))
    return longer >= _TELLING and _likeness(one.letters, other.letters, _WHOLE)


def _is_same_word(one: str, other: str) -> bool:
    short = min(len(one), len(other)) <= _SHORT_WORD
    return one == other or (not short and _likeness(one, other, _WORD))


def _likeness(one: str, other: str, wanted: float) -> bool:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.real_quick_ratio() >= wanted and matcher.ratio() >= wanted


def _kept(ends: Sequence[_Line], begins: Sequence[_Line]) -> int:
    """How many of the shared lines are taken from the upper text: of each text the inner half."""
    if len(ends) > 1:
        return len(ends) // 2
    return 1 if len(ends[0].letters) >= len(begins[0].letters) else 0


# ── one line ─────────────────────────────────────────────────────────────────────────────────────


def _within_a_line(
    above: Sequence[str], below: Sequence[str], ends: Sequence[_Line], begins: Sequence[_Line]
) -> tuple[str, str] | None:
    """A paragraph that was read as one line goes on in the middle of the other's."""
    if not ends or not begins:
        return None
    rest = _behind(above[ends[-1].at], below[begins[0].at])
    if rest is None:
        return None
    lines = [rest, *below[begins[0].at + 1 :]] if rest else below[begins[0].at + 1 :]
    return "\n".join(above[: ends[-1].at + 1]), "\n".join(lines)


def _behind(one: str, other: str) -> str | None:
    """What ``other`` says behind the words with which ``one`` ends; None when it says them not."""
    said, saying = one.split(), other.split()
    for count in range(min(len(said), len(saying)), _RUN - 1, -1):
        if _words(" ".join(said[-count:])) == _words(" ".join(saying[:count])):
            return " ".join(saying[count:])
    return None
