"""Reads a GBNF grammar into rules, as llama.cpp's own parser walks it."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from typing import NoReturn

from edgeomni.errors import SchemaError

MAX_RULES = 4096
MAX_NESTING = 100
MAX_REPEAT = 2000
"""llama.cpp's own limit on {m,n}."""

_NAME = re.compile(r"[A-Za-z0-9-]+")
_SPACE = re.compile(r"(?:[ \t]|#[^\r\n]*)*")
_SPACE_LINES = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*")
_CHARACTER = re.compile(
    r"\\x([0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\([trn\\\"\[\]-])|([^\\])", re.S
)
_ESCAPES = {"t": "\t", "r": "\r", "n": "\n"}
_REPEAT = re.compile(r"\{\s*(\d+)\s*(?:,\s*(\d*)\s*)?\}")
_TOKEN = re.compile(r"!?<(?:\[\d+\]|[^>\r\n]+)>")


@dataclass(frozen=True, eq=False, slots=True)
class Chars:
    """One character out of some."""

    ranges: tuple[tuple[int, int], ...]
    """Code points from, to; both are in it. Ascending, apart from each other."""


@dataclass(frozen=True, eq=False, slots=True)
class Token:
    """One token, or any but that one: what it spells, only a vocabulary can tell."""


@dataclass(frozen=True, eq=False, slots=True)
class Repeat:
    """Items several times in a row."""

    name: str
    """Of the rule that llama.cpp makes of it, which no rule of the user's can have."""
    items: tuple[Item, ...]
    least: int
    most: int | None


Item = str | Chars | Token | Repeat
"""What a sequence is made of; a text is the name of a rule."""


@dataclass
class Rule:
    at: int
    """Where it begins in the grammar."""
    sequences: list[list[Item]] = field(default_factory=list)
    """Its alternatives."""
    uses: list[tuple[str, int]] = field(default_factory=list)


def read(grammar: str) -> dict[str, Rule]:
    """All rules by name, those of brackets too. Raises SchemaError, with line and column."""
    return _Reader(grammar).read()


def error(grammar: str, at: int, what: str) -> SchemaError:
    line = grammar.count("\n", 0, at) + 1
    column = at - (grammar.rfind("\n", 0, at) + 1) + 1
    return SchemaError(
        f"The grammar is not valid: {what} (line {line}, column {column}).",
        works="Nothing was generated.",
        remedy="Correct the grammar; GBNF is described in llama.cpp's grammars/README.md.",
    )


def _one(char: int) -> Chars:
    return Chars(((char, char),))


def _some(ranges: list[tuple[int, int]], *, but: bool) -> Chars:
    """Sorted and joined; with ``but`` every other character."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], max(high, joined[-1][1])
        elif low <= high:
            joined.append((low, high))
    if not but:
        return Chars(tuple(joined))
    edges = [-1, *(edge for pair in joined for edge in pair), sys.maxunicode + 1]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return Chars(tuple((low + 1, high - 1) for low, high in gaps if low + 1 < high))


class _Reader:
    """One pass over the grammar."""

    def __init__(self, grammar: str) -> None:
        self._text = grammar
        self._at = 0
        self._rules: dict[str, Rule] = {}

    def read(self) -> dict[str, Rule]:
        self._skip(lines=True)
        while self._at < len(self._text):
            self._rule()
        return self._rules

    def _rule(self) -> None:
        at, name = self._at, self._match(_NAME, "a rule's name was expected")
        rule = self._rules.setdefault(name, Rule(at))
        self._skip(lines=False)
        if not self._text.startswith("::=", self._at):
            self._refuse("'::=' was expected")
        self._at += 3
        self._skip(lines=True)
        self._alternatives(rule, depth=0)
        if self._at < len(self._text) and self._text[self._at] not in "\r\n":
            self._refuse("the end of the line was expected")
        self._skip(lines=True)
        if len(self._rules) > MAX_RULES:
            self._refuse(f"more than {MAX_RULES} rules")

    def _alternatives(self, rule: Rule, depth: int) -> None:
        if depth > MAX_NESTING:
            self._refuse(f"brackets nested deeper than {MAX_NESTING}")
        while True:
            self._sequence(rule, depth)
            if not self._text.startswith("|", self._at):
                return
            self._at += 1
            self._skip(lines=True)

    def _sequence(self, rule: Rule, depth: int) -> None:
        items: list[Item] = []
        rule.sequences.append(items)
        while self._at < len(self._text):
            before = len(items)
            if not self._item(rule, items, depth):
                return
            self._skip(lines=depth > 0)
            self._repetition(items, before, depth)

    def _item(self, rule: Rule, items: list[Item], depth: int) -> bool:
        char = self._text[self._at]
        if char == '"':
            items += [_one(code) for code in self._characters('"')]
        elif char == "[":
            items.append(self._set())
        elif char in "<!":
            self._match(_TOKEN, "a token was expected, as in <[1234]> or <|name|>")
            items.append(Token())
        elif char == "(":
            items.append(self._group(rule, depth))
        elif char == ".":
            self._at += 1
            items.append(_some([], but=True))
        elif char in "*+?{":
            self._refuse(f"nothing stands before '{char}'")
        elif found := _NAME.match(self._text, self._at):
            rule.uses.append((found[0], self._at))
            items.append(found[0])
            self._at = found.end()
        else:
            return False
        return True

    def _group(self, rule: Rule, depth: int) -> str:
        opened, name = self._at, f"({self._at}"  # no rule of the user's can be called so
        inner = Rule(opened, uses=rule.uses)
        self._at += 1
        self._skip(lines=True)
        self._alternatives(inner, depth + 1)
        if not self._text.startswith(")", self._at):
            raise error(self._text, opened, "this bracket is not closed")
        self._at += 1
        self._rules[name] = inner
        return name

    def _repetition(self, items: list[Item], before: int, depth: int) -> None:
        while self._at < len(self._text) and self._text[self._at] in "*+?{":
            if len(items) == before:
                self._refuse("an empty text cannot be repeated")
            at, (least, most) = self._at, self._bounds()
            items[before:] = [Repeat(f"*{at}", tuple(items[before:]), least, most)]
            if most == 0:
                del items[before:]
            self._skip(lines=depth > 0)

    def _bounds(self) -> tuple[int, int | None]:
        """How often at least, and at most."""
        at, char = self._at, self._text[self._at]
        if char != "{":
            self._at += 1
            return int(char == "+"), 1 if char == "?" else None
        found = _REPEAT.match(self._text, at)
        if not found:
            self._refuse("a repetition was expected, as in {3} or {1,5}")
        self._at, least = found.end(), int(found[1])
        if least > MAX_REPEAT:
            raise error(self._text, at, f"more than {MAX_REPEAT} repetitions")
        most = least if found[2] is None else int(found[2]) if found[2] else None
        if most is not None and most < least:
            raise error(self._text, at, "the repetition ends below its beginning")
        return least, most

    def _set(self) -> Chars:
        opened = self._at
        but = self._text.startswith("^", self._at + 1)
        self._at += but
        ranges: list[tuple[int, int]] = []
        codes = self._characters("]", ranges)
        if not codes and not ranges:
            raise error(self._text, opened, "an empty set of characters")
        return _some(ranges + [(code, code) for code in codes], but=but)

    def _characters(self, close: str, ranges: list[tuple[int, int]] | None = None) -> list[int]:
        """Code points from an opening quote or bracket to the closing one, ``a-z`` apart."""
        opened, codes = self._at, list[int]()
        self._at += 1
        while not self._text.startswith(close, self._at):
            if self._at >= len(self._text):
                raise error(self._text, opened, f"this {close!r} is not closed")
            first = self._character()
            text, at = self._text, self._at
            if ranges is not None and text[at : at + 1] == "-" and text[at + 1 : at + 2] != close:
                self._at += 1
                if self._at >= len(text):
                    raise error(text, opened, f"this {close!r} is not closed")
                ranges.append((first, self._character()))
            else:
                codes.append(first)
        self._at += 1
        return codes

    def _character(self) -> int:
        found = _CHARACTER.match(self._text, self._at)
        if not found:
            self._refuse("an unknown escape")
        self._at = found.end()
        digits = found[1] or found[2] or found[3]
        return int(digits, 16) if digits else ord(_ESCAPES.get(found[4], found[4]) or found[5])

    def _match(self, pattern: re.Pattern[str], otherwise: str) -> str:
        found = pattern.match(self._text, self._at)
        if not found:
            self._refuse(otherwise)
        self._at = found.end()
        return found[0]

    def _skip(self, *, lines: bool) -> None:
        found = (_SPACE_LINES if lines else _SPACE).match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _refuse(self, what: str) -> NoReturn:
        raise error(self._text, self._at, what)
