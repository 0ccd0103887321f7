"""Checks a GBNF grammar before llama.cpp sees it, so that a mistake has a line and a column.

llama.cpp reports a bad grammar only on stderr, and its parser recurses on every bracket; what
passes here may still be refused there, never the other way round by more than a limit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from edgeomni.errors import SchemaError

MAX_BYTES = 512 * 1024
MAX_RULES = 4096
MAX_NESTING = 100
MAX_REPEAT = 2000
"""llama.cpp's own limit on {m,n}."""

_NAME = re.compile(r"[A-Za-z0-9-]+")
_SPACE = re.compile(r"(?:[ \t]|#[^\r\n]*)*")
_SPACE_LINES = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*")
_CHARACTER = re.compile(
    r"\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\[trn\\\"\[\]-]|[^\\]", re.S
)
_REPEAT = re.compile(r"\{\s*(\d+)\s*(?:,\s*(\d*)\s*)?\}")
_TOKEN = re.compile(r"!?<(?:\[\d+\]|[^>\r\n]+)>")


def check(grammar: str) -> None:
    """Raises SchemaError, with line and column, when the grammar cannot be one."""
    if "\0" in grammar:
        raise _error(grammar, grammar.index("\0"), "a NUL character")
    if len(grammar.encode()) > MAX_BYTES:
        raise _error("", 0, f"more than {MAX_BYTES // 1024} KiB")
    rules = _Reader(grammar).read()
    if "root" not in rules:
        raise _error(grammar, 0, "there is no rule named 'root'")
    for rule in rules.values():
        for name, at in rule.uses:
            if name not in rules:
                raise _error(grammar, at, f"the rule '{name}' is not defined")
    if loop := _left_recursive(rules):
        what = f"the rule '{loop}' begins with itself"
        what = "what may be empty is repeated without end" if loop[0] in "(*" else what
        raise _error(grammar, rules[loop].at, what)


def _error(grammar: str, at: int, what: str) -> SchemaError:
    line = grammar.count("\n", 0, at) + 1
    column = at - (grammar.rfind("\n", 0, at) + 1) + 1
    return SchemaError(
        f"The grammar is not valid: {what} (line {line}, column {column}).",
        works="Nothing was generated.",
        remedy="Correct the grammar; GBNF is described in llama.cpp's grammars/README.md.",
    )


@dataclass
class _Rule:
    at: int
    sequences: list[list[str | None]] = field(default_factory=list)
    """For each alternative its items: names of rules, None for what consumes text."""
    uses: list[tuple[str, int]] = field(default_factory=list)


class _Reader:
    """One pass over the grammar, as llama.cpp's own parser walks it."""

    def __init__(self, grammar: str) -> None:
        self._text = grammar
        self._at = 0
        self._rules: dict[str, _Rule] = {}

    def read(self) -> dict[str, _Rule]:
        self._skip(lines=True)
        while self._at < len(self._text):
            self._rule()
        return self._rules

    def _rule(self) -> None:
        at, name = self._at, self._match(_NAME, "a rule's name was expected")
        rule = self._rules.setdefault(name, _Rule(at))
        self._skip(lines=False)
        if not self._text.startswith("::=", self._at):
            raise self._wrong("'::=' was expected")
        self._at += 3
        self._skip(lines=True)
        self._alternatives(rule, depth=0)
        if self._at < len(self._text) and self._text[self._at] not in "\r\n":
            raise self._wrong("the end of the line was expected")
        self._skip(lines=True)
        if len(self._rules) > MAX_RULES:
            raise self._wrong(f"more than {MAX_RULES} rules")

    def _alternatives(self, rule: _Rule, depth: int) -> None:
        if depth > MAX_NESTING:
            raise self._wrong(f"brackets nested deeper than {MAX_NESTING}")
        while True:
            self._sequence(rule, depth)
            if not self._text.startswith("|", self._at):
                return
            self._at += 1
            self._skip(lines=True)

    def _sequence(self, rule: _Rule, depth: int) -> None:
        items: list[str | None] = []
        rule.sequences.append(items)
        while self._at < len(self._text):
            before = len(items)
            if not self._item(rule, items, depth):
                return
            self._skip(lines=depth > 0)
            self._repetition(items, before, depth)

    def _item(self, rule: _Rule, items: list[str | None], depth: int) -> bool:
        char = self._text[self._at]
        if char == '"':
            if self._characters('"'):
                items.append(None)
        elif char == "[":
            self._class(items)
        elif char in "<!":
            self._match(_TOKEN, "a token was expected, as in <[1234]> or <|name|>")
            items.append(None)
        elif char == "(":
            items.append(self._group(rule, depth))
        elif char == ".":
            self._at += 1
            items.append(None)
        elif char in "*+?{":
            raise self._wrong(f"nothing stands before '{char}'")
        elif found := _NAME.match(self._text, self._at):
            rule.uses.append((found[0], self._at))
            items.append(found[0])
            self._at = found.end()
        else:
            return False
        return True

    def _group(self, rule: _Rule, depth: int) -> str:
        opened, name = self._at, f"({self._at}"  # no rule of the user's can be called so
        inner = _Rule(opened, uses=rule.uses)
        self._at += 1
        self._skip(lines=True)
        self._alternatives(inner, depth + 1)
        if not self._text.startswith(")", self._at):
            raise _error(self._text, opened, "this bracket is not closed")
        self._at += 1
        self._rules[name] = inner
        return name

    def _repetition(self, items: list[str | None], before: int, depth: int) -> None:
        while self._at < len(self._text) and self._text[self._at] in "*+?{":
            if len(items) == before:
                raise self._wrong("an empty text cannot be repeated")
            at, (least, most) = self._at, self._bounds()
            # As llama.cpp rewrites it: what may be absent, or goes on, becomes a rule of its own.
            name, item = f"*{at}", items[before:]
            self._rules[name] = _Rule(at, [[*item, name] if most is None else item, []])
            items[before:] = [*(item if least else []), name] if most != 0 else []
            self._skip(lines=depth > 0)

    def _bounds(self) -> tuple[int, int | None]:
        """How often at least, and at most."""
        at, char = self._at, self._text[self._at]
        if char != "{":
            self._at += 1
            return int(char == "+"), 1 if char == "?" else None
        found = _REPEAT.match(self._text, at)
        if not found:
            raise self._wrong("a repetition was expected, as in {3} or {1,5}")
        self._at, least = found.end(), int(found[1])
        if least > MAX_REPEAT:
            raise _error(self._text, at, f"more than {MAX_REPEAT} repetitions")
        most = least if found[2] is None else int(found[2]) if found[2] else None
        if most is not None and most < least:
            raise _error(self._text, at, "the repetition ends below its beginning")
        return least, most

    def _class(self, items: list[str | None]) -> None:
        opened = self._at
        self._at += self._text.startswith("^", self._at + 1)
        if not self._characters("]"):
            raise _error(self._text, opened, "an empty set of characters")
        items.append(None)

    def _characters(self, close: str) -> int:
        """Skip from an opening quote or bracket to behind the closing one; how many stood there."""
        opened, count = self._at, 0
        self._at += 1
        while not self._text.startswith(close, self._at):
            if self._at >= len(self._text):
                raise _error(self._text, opened, f"this {close!r} is not closed")
            self._match(_CHARACTER, "an unknown escape")
            count += 1
        self._at += 1
        return count

    def _match(self, pattern: re.Pattern[str], otherwise: str) -> str:
        found = pattern.match(self._text, self._at)
        if not found:
            raise self._wrong(otherwise)
        self._at = found.end()
        return found[0]

    def _skip(self, *, lines: bool) -> None:
        found = (_SPACE_LINES if lines else _SPACE).match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _wrong(self, what: str) -> SchemaError:
        return _error(self._text, self._at, what)


def _left_recursive(rules: dict[str, _Rule]) -> str | None:
    """A rule of the grammar that can reach itself before any text is consumed."""
    # Only what has an empty alternative of its own: llama.cpp looks no further, and copes.
    empty = {name for name, rule in rules.items() if not all(rule.sequences)}
    begins: dict[str, set[str]] = {name: set() for name in rules}
    for name, rule in rules.items():
        for sequence in rule.sequences:
            for item in sequence:
                if item is None:
                    break
                begins[name].add(item)
                if item not in empty:
                    break
    begins = _trimmed(begins)
    within = set().union(*begins.values()) if begins else set()
    loops = _trimmed({name: {n for n in begins if name in begins[n]} for name in within})
    return min(loops, key=lambda name: (name[0] in "(*", name), default=None)


def _trimmed(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """What stays when nodes that lead nowhere are taken out: loops, and the ways to them."""
    while leaves := {name for name, following in graph.items() if not following & graph.keys()}:
        graph = {name: following for name, following in graph.items() if name not in leaves}
    return graph
