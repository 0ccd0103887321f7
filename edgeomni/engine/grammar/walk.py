"""Follows a text through a grammar, and knows the shortest way to an end from everywhere.

The state is a set of stacks, as in llama.cpp: each holds what may still have to come, its top the
next character. All states are values; going on from one leaves it as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import inf

from edgeomni.engine.grammar.gbnf_reader import Chars, Item, Repeat, Rule, Token
from edgeomni.engine.grammar.parts import Char, Choice, Part, Times, Way, cheaper, price
from edgeomni.errors import SchemaError

MAX_STACKS = 16_384
"""At once; llama.cpp itself would crawl there."""


class Unwalkable(Exception):
    """This grammar speaks of tokens, or has too many ways at once."""


@dataclass(eq=False, repr=False)
class _Stack:
    top: Part
    below: _Stack | None
    cost: float
    """Bytes of the shortest text that empties it."""
    heads: tuple[_Stack | None, ...] | None = None
    """The stacks with a character on top that it stands for, once known."""

    @cached_property
    def share(self) -> int:
        """Tokens beyond the shortest text that the free texts in it should have."""
        one: _Stack | None = self
        total = 0
        while one is not None:
            total, one = total + one.top.share, one.below
        return total


@dataclass(frozen=True)
class State:
    """Where a text stands in the grammar."""

    stacks: tuple[_Stack | None, ...]
    """With a character on top each; None is the end."""

    @property
    def may_end(self) -> bool:
        return None in self.stacks

    @cached_property
    def out(self) -> _Stack | None:
        """The stack with the shortest way to the end."""
        return min(self.stacks, key=lambda stack: 0 if stack is None else stack.cost)

    @property
    def cost(self) -> int:
        """Bytes of the shortest text that ends it."""
        return int(self.out.cost) if self.out else 0

    @property
    def share(self) -> int:
        """Tokens beyond that which the free texts on the way should have."""
        return self.out.share if self.out else 0

    @cached_property
    def lap(self) -> float:
        """Tokens, about, that it takes to go on with what could as well be over; 0 for nothing."""
        way_out, one = set[_Stack | None]({None}), self.out
        while one is not None:
            way_out.add(one)
            one = one.below
        return max(_lap(stack, way_out) for stack in self.stacks)


def _lap(stack: _Stack | None, way_out: set[_Stack | None]) -> float:
    """That of a repetition between the stack and where it joins the way out."""
    while stack not in way_out and stack is not None:
        if isinstance(stack.top, Times) and stack.top.loose:
            return stack.top.lap
        stack = stack.below
    return 0


class Walk:
    """A grammar made ready. Raises Unwalkable, and SchemaError when nothing ends it."""

    def __init__(self, rules: dict[str, Rule]) -> None:
        self._stacks: dict[tuple[Part, _Stack | None], _Stack] = {}
        self._times: dict[tuple[Way, int, int | None], Times] = {}
        self._rules = {name: Choice() for name in rules}
        for name, rule in rules.items():
            self._rules[name].among = [self._parts(items) for items in rule.sequences]
        price([*self._rules.values(), *self._times.values()])
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
            code = stack.top.first(low, high) if stack and isinstance(stack.top, Char) else None
            if code is not None:
                after = self._step(state, code)
                if after.stacks and (best is None or after.cost < best[1].cost):
                    best = code, after
        return best

    def ending(self, state: State) -> str:
        """The shortest text that ends it."""
        said: list[str] = []
        stack = state.out
        while stack is not None:
            wanted: list[Part] = [stack.top]
            while wanted:
                part = wanted.pop()
                if isinstance(part, Char):
                    said.append(chr(part.usual or 0))
                else:
                    wanted += reversed(part.best)
            stack = stack.below
        return "".join(said)

    # ── making it ready ──────────────────────────────────────────────────────────────────────────

    def _parts(self, items: Iterable[Item]) -> Way:
        return tuple(self._part(item) for item in items)

    def _part(self, item: Item) -> Part:
        match item:
            case str(name):
                return self._rules[name]
            case Chars(ranges):
                return Char(ranges=ranges)
            case Repeat(items=items, least=least, most=most):
                return self._repeat(self._parts(items), least, most)
            case Token():
                raise Unwalkable("a grammar of tokens")

    def _repeat(self, parts: Way, least: int, most: int | None) -> Times:
        key = parts, least, most
        if key not in self._times:
            made = self._times[key] = Times(parts=parts, least=least, most=most)
            cheaper(made)
        return self._times[key]

    # ── walking ──────────────────────────────────────────────────────────────────────────────────

    def _push(self, part: Part, below: _Stack | None) -> _Stack:
        key = part, below
        if key not in self._stacks:
            cost = part.cost + (below.cost if below else 0)
            self._stacks[key] = _Stack(part, below, cost)
        return self._stacks[key]

    def _put(self, parts: Way, below: _Stack | None) -> _Stack | None:
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
                if one is None or isinstance(one.top, Char):
                    found[one] = None
                else:
                    waiting += self._opened(one)
            stack.heads = tuple(s for s in found if s is None or s.cost < inf)
        return stack.heads

    def _opened(self, stack: _Stack) -> list[_Stack | None]:
        top, below = stack.top, stack.below
        if isinstance(top, Choice):
            return [self._put(way, below) for way in reversed(top.among)]
        assert isinstance(top, Times)
        more: list[_Stack | None] = [below] if top.least == 0 else []
        if top.most != 0:
            most = None if top.most is None else top.most - 1
            rest = self._repeat(top.parts, max(0, top.least - 1), most)
            more.append(self._put((*top.parts, rest), below))
        return more

    def _step(self, state: State, code: int) -> State:
        found: dict[_Stack | None, None] = {}
        for stack in state.stacks:
            if stack is not None and isinstance(stack.top, Char) and code in stack.top:
                found.update(dict.fromkeys(self._heads(stack.below)))
        if len(found) > MAX_STACKS:
            raise Unwalkable("too many ways at once")
        return State(tuple(found))
