"""What a grammar is made of while a text is followed through it, and what each part costs."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf

_LOOSE = 24
"""Repetitions that one may do without: from here on a model can lose itself in them."""
_SHARE = 20
"""Tokens that a free text should have. Of 44 texts in answers of a 135M model that ran into their
limit, 20 were empty without a share, 6 with one of 12 tokens, and none with this."""
_CHOICE = 4
"""Tokens for a number, or one value out of some."""

Way = tuple["Part", ...]


@dataclass(eq=False, repr=False)
class Part:
    """Something that may have to come: a character, a choice, or a repetition."""

    cost: float = inf
    """Bytes of the shortest text that satisfies it."""
    best: Way = ()
    """What that text is made of."""
    share: int = 0
    """Tokens beyond that text that its free texts should have."""

    def ways(self) -> Sequence[Way]:
        """What it may be made of, as far as the shortest text goes."""
        return ()


@dataclass(eq=False, repr=False)
class Char(Part):
    """One character out of some."""

    ranges: tuple[tuple[int, int], ...] = ()
    """Code points from, to."""

    def __post_init__(self) -> None:
        if self.usual is not None:
            self.cost = len(chr(self.usual).encode())

    @cached_property
    def _edges(self) -> list[int]:
        return [edge for low, high in self.ranges for edge in (low, high + 1)]

    def __contains__(self, code: int) -> bool:
        return bool(bisect_right(self._edges, code) & 1)

    @property
    def wide(self) -> bool:
        """Whether it is nearly any character."""
        return sum(high - low for low, high in self.ranges) > 200

    @cached_property
    def usual(self) -> int | None:
        """The shortest character, and one that can be seen if there is such a one."""
        seen = self.first(ord(" "), ord("~"))
        return self.first() if seen is None else seen

    def first(self, low: int = 0, high: int = sys.maxunicode) -> int | None:
        """The lowest code point of its own between two others; no half of a pair."""
        for begin, end in self.ranges:
            code = max(begin, low)
            code = 0xE000 if 0xD800 <= code <= 0xDFFF else code
            if code <= min(end, high):
                return code
        return None


@dataclass(eq=False, repr=False)
class Choice(Part):
    """A rule: one of its alternatives."""

    among: list[Way] = field(default_factory=list)

    def ways(self) -> Sequence[Way]:
        return self.among

    @property
    def tells(self) -> bool:
        """Whether it says something which way is taken: a number, yes or no, one of a list.

        White space does not, because it may be left out; nor does a letter of a text.
        """
        firsts = [way[0] for way in self.among if way]
        letter = any(isinstance(first, Char) and first.wide for first in firsts)
        return len(self.among) > 1 and len(firsts) == len(self.among) and not letter


@dataclass(eq=False, repr=False)
class Times(Part):
    """Parts several times in a row."""

    parts: Way = ()
    least: int = 0
    most: int | None = None

    def ways(self) -> Sequence[Way]:
        return [self.parts * self.least]

    @property
    def loose(self) -> bool:
        """Whether a model can lose itself in it: in a long text, a list, or members of its own."""
        if self.most is None or self.most - self.least >= _LOOSE:
            return True
        return self.most > self.least and self.lap > 1

    @property
    def lap(self) -> float:
        """Tokens that one more time takes, about."""
        share = sum(part.share for part in self.parts)
        return sum(part.cost for part in self.parts) + share if share else 1

    @property
    def lettered(self) -> bool:
        """Whether it is free text."""
        return self.loose and all(_is_letter(part) for part in self.parts)


def _is_letter(part: Part) -> bool:
    """A character, or a rule for one, as that for the inside of a JSON string."""
    begins = [way[0] for way in part.ways() if way] if isinstance(part, Choice) else [part]
    return bool(begins) and all(isinstance(begin, Char) for begin in begins)


def _own_share(part: Part) -> int:
    if isinstance(part, Times):
        return _SHARE if part.lettered else 0
    return _CHOICE if isinstance(part, Choice) and part.tells else 0


def price(parts: Sequence[Part]) -> None:
    """Find the shortest text of each, from the characters up."""
    users: dict[Part, list[Part]] = {}
    for part in parts:
        for inner in {inner for way in part.ways() for inner in way}:
            users.setdefault(inner, []).append(part)
    for part in parts:
        part.share = _own_share(part)  # known at last: the rules are complete
    waiting = deque(parts)
    while waiting:
        part = waiting.popleft()
        if cheaper(part):
            waiting += users.get(part, ())


def cheaper(part: Part) -> bool:
    """Whether a shorter text was found than the one known so far."""
    before = part.cost
    for way in part.ways():
        cost = sum(inner.cost for inner in way)
        if cost < part.cost:
            part.cost, part.best = cost, way
            part.share = _own_share(part) or sum(inner.share for inner in way)
    return part.cost < before
