"""Follows a text through a grammar, and knows the shortest way to an end from everywhere.

The state is a set of stacks, as in llama.cpp: each holds what may still have to come, its top the
next character. All states are values; going on from one leaves it as it was.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from math import inf

from edgeomni.engine.grammar.gbnf_reader import Chars, Item, Repeat, Rule, Token
from edgeomni.errors import SchemaError

MAX_STACKS = 16_384
"""At once; llama.cpp itself would crawl there."""


class Unwalkable(Exception):
    """This grammar speaks of tokens, or has too many ways at once."""


@dataclass(eq=False, repr=False)
class _Part:
    """Something that may stand on a stack: a character, a choice, or a repetition."""

    cost: float = inf
    """Bytes of the shortest text that satisfies it."""
    best: tuple[_Part, ...] = ()
    """What that text is made of."""


@dataclass(eq=False, repr=False)
class _Char(_Part):
    ranges: tuple[tuple[int, int], ...] = ()

    @cached_property
    def _edges(self) -> list[int]:
        return [edge for low, high in self.ranges for edge in (low, high + 1)]

    def __contains__(self, code: int) -> bool:
        return bool(bisect_right(self._edges, code) & 1)

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
class _Choice(_Part):
    ways: list[tuple[_Part, ...]] = field(default_factory=list)


@dataclass(eq=False, repr=False)
class _Times(_Part):
    parts: tuple[_Part, ...] = ()
    least: int = 0
    most: int | None = None


@dataclass(eq=False, repr=False, slots=True)
class _Stack:
    top: _Part
    below: _Stack | None
    cost: float
    """Bytes of the shortest text that empties it."""
    heads: tuple[_Stack | None, ...] | None = None
    """The stacks with a character on top that it stands for, once known."""


@dataclass(frozen=True, slots=True)
class State:
    """Where a text stands in the grammar."""

    stacks: tuple[_Stack | None, ...]
    """With a character on top each; None is the end."""

    @property
    def may_end(self) -> bool:
        return None in self.stacks

    @property
    def cost(self) -> int:
        """Bytes of the shortest text that ends it."""
        return int(min((0 if s is None else s.cost) for s in self.stacks))


class Walk:
    """A grammar made ready. Raises Unwalkable, and SchemaError when nothing ends it."""

    def __init__(self, rules: dict[str, Rule]) -> None:
        self._stacks: dict[tuple[_Part, _Stack | None], _Stack] = {}
        self._times: dict[tuple[tuple[_Part, ...], int, int | None], _Times] = {}
        self._rules = {name: _Choice() for name in rules}
        self._all: list[_Part] = list(self._rules.values())
        for name, rule in rules.items():
            self._rules[name].ways = [self._parts(items) for items in rule.sequences]
        self._price()
        root = self._rules["root"]
        if root.cost == inf:
            raise SchemaError(
                "No finite answer satisfies the grammar or schema.",
                works="Nothing was generated.",
                remedy="Let something in it be left out: a recursive part needs a way to end.",
            )
        self.start = State(self._heads(self._push(root, None)))

    def after(self, state: State, text: str) -> State | None:
        """The state behind a text; None when the grammar does not allow it."""
        for char in text:
            state = self._step(state, ord(char))
            if not state.stacks:
                return None
        return state

    def completing(self, state: State, low: int, high: int) -> tuple[int, State] | None:
        """A character between two code points that is allowed here, and the cheapest such."""
        best: tuple[int, State] | None = None
        for stack in state.stacks:
            code = stack.top.first(low, high) if stack and isinstance(stack.top, _Char) else None
            if code is not None:
                after = self._step(state, code)
                if after.stacks and (best is None or after.cost < best[1].cost):
                    best = code, after
        return best

    def ending(self, state: State) -> str:
        """The shortest text that ends it."""
        stack = min(state.stacks, key=lambda s: 0 if s is None else s.cost)
        said: list[str] = []
        while stack is not None:
            wanted: list[_Part] = [stack.top]
            while wanted:
                part = wanted.pop()
                if isinstance(part, _Char):
                    said.append(chr(part.usual or 0))
                else:
                    wanted += reversed(part.best)
            stack = stack.below
        return "".join(said)

    # ── making it ready ──────────────────────────────────────────────────────────────────────────

    def _parts(self, items: Iterable[Item]) -> tuple[_Part, ...]:
        return tuple(self._part(item) for item in items)

    def _part(self, item: Item) -> _Part:
        match item:
            case str(name):
                return self._rules[name]
            case Chars(ranges):
                char = _Char(ranges=ranges)
                if char.usual is not None:
                    char.cost = len(chr(char.usual).encode())
                return char
            case Repeat(items=items, least=least, most=most):
                return self._repeat(self._parts(items), least, most)
            case Token():
                raise Unwalkable("a grammar of tokens")

    def _repeat(self, parts: tuple[_Part, ...], least: int, most: int | None) -> _Times:
        key = parts, least, most
        if key not in self._times:
            made = self._times[key] = _Times(parts=parts, least=least, most=most)
            self._all.append(made)
            _price_of(made)
        return self._times[key]

    def _price(self) -> None:
        """Find the shortest texts, from the characters up."""
        users: dict[_Part, list[_Part]] = {}
        for part in self._all:
            for inner in {inner for way in _ways(part) for inner in way}:
                users.setdefault(inner, []).append(part)
        waiting = deque(self._all)
        while waiting:
            part = waiting.popleft()
            if _price_of(part):
                waiting += users.get(part, ())

    # ── walking ──────────────────────────────────────────────────────────────────────────────────

    def _push(self, part: _Part, below: _Stack | None) -> _Stack:
        key = part, below
        if key not in self._stacks:
            cost = part.cost + (below.cost if below else 0)
            self._stacks[key] = _Stack(part, below, cost)
        return self._stacks[key]

    def _put(self, parts: tuple[_Part, ...], below: _Stack | None) -> _Stack | None:
        for part in reversed(parts):
            below = self._push(part, below)
        return below

    def _heads(self, stack: _Stack | None) -> tuple[_Stack | None, ...]:
        """Open choices until a character is on top, in every possible way."""
        if stack is None:
            return (None,)
        if stack.heads is None:
            found: dict[_Stack | None, None] = {}
            seen: set[_Stack | None] = set()
            waiting: list[_Stack | None] = [stack]
            while waiting:
                one = waiting.pop()
                if one in seen:
                    continue
                seen.add(one)
                if len(seen) > MAX_STACKS:
                    raise Unwalkable("too many ways at once")
                if one is None or isinstance(one.top, _Char):
                    found[one] = None
                else:
                    waiting += self._opened(one)
            stack.heads = tuple(s for s in found if s is None or s.cost < inf)
        return stack.heads

    def _opened(self, stack: _Stack) -> list[_Stack | None]:
        top, below = stack.top, stack.below
        if isinstance(top, _Choice):
            return [self._put(way, below) for way in reversed(top.ways)]
        assert isinstance(top, _Times)
        more: list[_Stack | None] = [below] if top.least == 0 else []
        if top.most != 0:
            most = None if top.most is None else top.most - 1
            rest = self._repeat(top.parts, max(0, top.least - 1), most)
            more.append(self._put((*top.parts, rest), below))
        return more

    def _step(self, state: State, code: int) -> State:
        found: dict[_Stack | None, None] = {}
        for stack in state.stacks:
            if stack is not None and isinstance(stack.top, _Char) and code in stack.top:
                found.update(dict.fromkeys(self._heads(stack.below)))
        if len(found) > MAX_STACKS:
            raise Unwalkable("too many ways at once")
        return State(tuple(found))


def _ways(part: _Part) -> list[tuple[_Part, ...]]:
    """What it may be made of, as far as the shortest text goes."""
    if isinstance(part, _Times):
        return [part.parts * part.least]
    return part.ways if isinstance(part, _Choice) else []


def _price_of(part: _Part) -> bool:
    """Whether a shorter text was found."""
    before = part.cost
    for way in _ways(part):
        cost = sum(inner.cost for inner in way)
        if cost < part.cost:
            part.cost, part.best = cost, way
    return part.cost < before
