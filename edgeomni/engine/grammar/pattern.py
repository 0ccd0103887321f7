"""Turns a regular expression into GBNF for the inside of a JSON string."""

from __future__ import annotations

import json
import re

# What may stand in a JSON string unescaped, as the inside of a GBNF set, and everything else.
PLAIN = r"[^\"\\\x7F\x00-\x1F]"
CHARACTER = PLAIN + r' | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4})'

_CLASSES = {"d": "0-9", "w": "a-zA-Z0-9_", "s": " "}
"""White space other than the blank would need an escape in JSON, so only the blank is offered."""
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_QUANTIFIER = re.compile(r"[*+?]|\{(\d+)(?:(,)(\d*))?\}")
_FORBIDDEN = r"\"\\\x7F\x00-\x1F"


class PatternError(ValueError):
    """This pattern has no counterpart in a grammar."""


def literal(text: str) -> str:
    """GBNF for exactly this text."""
    for raw, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(raw, escaped)
    return f'"{text}"'


def pattern_to_gbnf(pattern: str, character: str) -> str:
    """GBNF for the strings that a pattern finds, without their quotation marks.

    ``character`` is the rule for any character, for the ends of a pattern without anchors. Raises
    PatternError for look-around, back-references, and anchors inside.
    """
    if len(pattern) > 1000:
        raise PatternError("it is longer than 1000 characters")
    reader = _Reader(pattern, character)
    body = reader.alternatives(depth=0)
    if reader.at < len(pattern):
        raise PatternError(f"a bracket is closed that was never opened, at {reader.at + 1}")
    return body


class _Reader:
    def __init__(self, pattern: str, character: str) -> None:
        self._text = pattern
        self._character = character
        self.at = 0

    def alternatives(self, depth: int) -> str:
        if depth > 30:
            raise PatternError("its brackets are nested too deeply")
        found = [self._sequence(depth)]
        while self._take("|"):
            found.append(self._sequence(depth))
        return " | ".join(found)

    def _sequence(self, depth: int) -> str:
        items: list[str] = []
        open_start = depth == 0 and not self._take("^")
        while self.at < len(self._text) and self._text[self.at] not in "|)":
            if depth == 0 and self._ends():
                return " ".join(([f"{self._character}*"] if open_start else []) + items)
            items.append(self._quantified(self._atom(depth)))
        edge = [f"{self._character}*"]
        return " ".join((edge if open_start else []) + items + (edge if depth == 0 else []))

    def _ends(self) -> bool:
        last = self._text[self.at] == "$" and self._text[self.at + 1 : self.at + 2] in ("", "|")
        self.at += last
        return last

    def _atom(self, depth: int) -> str:
        char = self._text[self.at]
        self.at += 1
        if char == "(":
            return self._group(depth)
        if char == "[":
            return self._set()
        if char == "\\":
            return self._escape()
        if char == ".":
            return PLAIN
        if char in "^$*+?{":
            raise PatternError(f"'{char}' at {self.at} has no counterpart")
        return _json_literal(char)

    def _group(self, depth: int) -> str:
        if self._take("?") and not self._take(":"):
            raise PatternError(f"the special group at {self.at} has no counterpart")
        inner = self.alternatives(depth + 1)
        if not self._take(")"):
            raise PatternError("a bracket is not closed")
        return f"({inner})"

    def _escape(self) -> str:
        name = self._next()
        if name in _CLASSES:
            return f"[{_CLASSES[name]}]"
        if name.lower() in _CLASSES:
            return f"[^{_CLASSES[name.lower()]}{_FORBIDDEN}]"
        return _json_literal(self._escaped(name))

    def _escaped(self, name: str) -> str:
        if name in _CONTROLS:
            return _CONTROLS[name]
        if name in "xu":
            return self._hexadecimal(2 if name == "x" else 4)
        if name.isalnum():
            raise PatternError(f"'\\{name}' at {self.at} has no counterpart")
        return name

    def _hexadecimal(self, digits: int) -> str:
        code = self._text[self.at : self.at + digits]
        if not re.fullmatch(f"[0-9a-fA-F]{{{digits}}}", code):
            raise PatternError(f"the escape at {self.at} is not complete")
        self.at += digits
        return chr(int(code, 16))

    def _set(self) -> str:
        negated = self._take("^")
        inside, escaped = "", []
        while not self._take("]"):
            part, special = self._member()
            inside += part
            escaped += [special] if special else []
        if negated:
            return f"[^{inside}{_FORBIDDEN}]"
        choices = [f"[{inside}]"] * bool(inside) + escaped
        if not choices:
            raise PatternError("a set of characters is empty")
        return choices[0] if len(choices) == 1 else f"({' | '.join(choices)})"

    def _member(self) -> tuple[str, str]:
        """One part of a set: what fits between GBNF's brackets, and what JSON must escape."""
        first = self._next()
        if first == "\\":
            name = self._next()
            if name in _CLASSES:
                return _CLASSES[name], ""
            first = self._escaped(name)
        if self._text[self.at : self.at + 1] != "-" or self._text[self.at + 1 : self.at + 2] == "]":
            return ("", _json_literal(first)) if _needs_escape(first) else (_in_set(first), "")
        self.at += 1
        last = self._next()
        last = self._escaped(self._next()) if last == "\\" else last
        if last < first or any(first <= c <= last for c in '"\\\x7f') or first < " ":
            raise PatternError(f"the range '{first}-{last}' has no counterpart")
        return f"{_in_set(first)}-{_in_set(last)}", ""

    def _quantified(self, atom: str) -> str:
        found = _QUANTIFIER.match(self._text, self.at)
        if not found:
            return atom
        self.at = found.end()
        if self._take("?") or self._take("+"):
            raise PatternError(f"the lazy or possessive repetition at {self.at} has no counterpart")
        if max(int(found[1] or 0), int(found[3] or 0)) > 500:
            raise PatternError("it repeats more than 500 times")
        return f"({atom}){found[0]}" if " " in atom else f"{atom}{found[0]}"

    def _take(self, char: str) -> bool:
        taken = self._text.startswith(char, self.at)
        self.at += taken
        return taken

    def _next(self) -> str:
        if self.at >= len(self._text):
            raise PatternError("it ends too early")
        self.at += 1
        return self._text[self.at - 1]


def _needs_escape(char: str) -> bool:
    return char in '"\\\x7f' or char < " "


def _json_literal(char: str) -> str:
    """A character as it is written inside a JSON string."""
    return literal(json.dumps(char, ensure_ascii=char == "\x7f")[1:-1])


def _in_set(char: str) -> str:
    return "\\" + char if char in "]-[\\" else f"\\x{ord(char):02X}" if char == "^" else char
