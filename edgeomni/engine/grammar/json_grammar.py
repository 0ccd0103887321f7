"""Writes the GBNF grammar of a JSON schema.

The grammar is never wider than the schema: what it lets through satisfies the schema (``oneOf`` is
read as ``anyOf``), and a keyword that cannot be enforced is an error instead of being dropped. It
may be narrower: objects with declared properties get no others unless ``additionalProperties``
asks for them. The converter that comes with llama-cpp-python drops bounds, keywords beside
``anyOf`` and beside lists of types, and writes wrong grammars for quotation marks in ``enum``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from edgeomni.engine.grammar.formats import FORMATS
from edgeomni.engine.grammar.json_rules import (
    JSON_RULES,
    braces,
    brackets,
    other_key,
    repeat,
)
from edgeomni.engine.grammar.number_range import Bounds, integer_range, number_range
from edgeomni.engine.grammar.pattern import PatternError, literal, pattern_to_gbnf
from edgeomni.engine.grammar.schema_parts import (
    COMMENTS,
    ENFORCED,
    KEYWORDS,
    alone,
    check_format,
    is_of,
    lengths,
    mapping,
    merged,
    resolve,
    texts,
    types_of,
    wrong,
)

MAX_DEPTH = 64
MAX_PARTS = 2000

_WORD = re.compile(r"[a-z][a-z-]*")
_RULE_NAME = re.compile(r"(?:r|ref)\d+")


class Converter:
    """Walks a schema once; every part becomes a rule, equal parts the same one."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._root = schema
        self._rules: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._refs: dict[str, str] = {}
        self._direct: tuple[str, ...] = ()
        self._parts = self._depth = 0

    def grammar(self) -> str:
        start = self._visit(self._root, "#")
        rules = {"root": start} | self._rules
        wanted = [start, *self._rules.values()]
        while wanted:
            for name in _WORD.findall(wanted.pop()):
                if name in JSON_RULES and name not in rules:
                    rules[name] = JSON_RULES[name]
                    wanted.append(rules[name])
        return "".join(f"{name} ::= {body}\n" for name, body in rules.items())

    def _rule(self, body: str) -> str:
        if body in JSON_RULES or _RULE_NAME.fullmatch(body):
            return body
        if body not in self._names:
            self._names[body] = f"r{len(self._names)}"
            self._rules[self._names[body]] = body
        return self._names[body]

    # ── the walk ─────────────────────────────────────────────────────────────────────────────────

    def _visit(self, schema: Any, at: str) -> str:
        """The rule of a part that stands behind some text of its own."""
        direct, self._direct = self._direct, ()
        name = self._part(schema, at)
        self._direct = direct
        return name

    def _part(self, schema: Any, at: str) -> str:
        self._parts += 1
        self._depth += 1
        if self._parts > MAX_PARTS:
            raise wrong(at, f"the schema has more than {MAX_PARTS} parts")
        if self._depth > MAX_DEPTH:
            raise wrong(at, f"it is nested deeper than {MAX_DEPTH}")
        name = self._rule(self._body(schema, at))
        self._depth -= 1
        return name

    def _body(self, schema: Any, at: str) -> str:
        if schema is True:
            return "value"
        if not isinstance(schema, Mapping):
            what = "'false' allows no answer" if schema is False else "a schema is an object"
            raise wrong(at, what)
        said = {key: value for key, value in schema.items() if key not in COMMENTS}
        for keyword, body in self._combining().items():
            if keyword in said:
                return body(said, at)
        return self._typed(said, at)

    def _combining(self) -> dict[str, Callable[[dict[str, Any], str], str]]:
        return {
            "$ref": self._reference,
            "allOf": self._all,
            "anyOf": lambda said, at: self._any("anyOf", said, at),
            "oneOf": lambda said, at: self._any("oneOf", said, at),
            "const": lambda said, at: self._values([said["const"]], "const", said, at),
            "enum": lambda said, at: self._values(said["enum"], "enum", said, at),
        }

    def _reference(self, said: dict[str, Any], at: str) -> str:
        ref = said["$ref"]
        alone("$ref", said, at)
        if ref in self._direct:
            raise wrong(at, f"'{ref}' refers to itself with nothing in between")
        if ref not in self._refs:
            target = resolve(self._root, ref, at)
            name = self._refs[ref] = f"ref{len(self._refs)}"
            self._direct += (ref,)
            self._rules[name] = self._part(target, ref)
            self._direct = self._direct[:-1]
        return self._refs[ref]

    def _any(self, keyword: str, said: dict[str, Any], at: str) -> str:
        alone(keyword, said, at, "type")
        choices = said[keyword]
        if not isinstance(choices, list) or not choices:
            raise wrong(at, f"'{keyword}' is a list of schemas")
        common = {"type": said["type"]} if "type" in said else {}
        parts = [common | c if isinstance(c, dict) and "$ref" not in c else c for c in choices]
        names = [self._part(part, f"{at}/{keyword}/{i}") for i, part in enumerate(parts)]
        return " | ".join(dict.fromkeys(names))

    def _all(self, said: dict[str, Any], at: str) -> str:
        parts = said.pop("allOf")
        if not isinstance(parts, list) or not parts:
            raise wrong(at, "'allOf' is a list of schemas")
        if len(parts) == 1 and not said:
            return self._part(parts[0], f"{at}/allOf/0")
        for part in parts:
            said = merged(said, self._plain(part, at), at)
        return self._typed(said, at)

    def _plain(self, part: Any, at: str) -> dict[str, Any]:
        for _ in range(MAX_DEPTH):
            if not isinstance(part, Mapping):
                raise wrong(at, "a part of 'allOf' is not an object")
            if "$ref" not in part:
                return {k: v for k, v in part.items() if k not in COMMENTS}
            part = resolve(self._root, part["$ref"], at)
        raise wrong(at, "a reference leads back to itself")

    def _values(self, values: Any, keyword: str, said: dict[str, Any], at: str) -> str:
        alone(keyword, said, at, "type")
        if not isinstance(values, list) or not values:
            raise wrong(at, f"'{keyword}' is a list of values")
        types = types_of(said, at) or KEYWORDS
        fitting = [v for v in values if any(is_of(v, name) for name in types)]
        if not fitting:
            raise wrong(at, f"no value of '{keyword}' has the declared type")
        return " | ".join(literal(json.dumps(value, ensure_ascii=False)) for value in fitting)

    # ── the types ────────────────────────────────────────────────────────────────────────────────

    def _typed(self, said: dict[str, Any], at: str) -> str:
        keywords = said.keys() - {"type"}
        if unknown := sorted(keywords - ENFORCED):
            raise wrong(at, f"'{unknown[0]}' cannot be enforced by a grammar")
        check_format(said, at)
        if not keywords and "type" not in said:
            return "value"
        guess = [t for t in ("object", "array", "string") if keywords <= set(KEYWORDS[t])]
        types = types_of(said, at) or guess
        if not types:
            raise wrong(at, "'type' is missing")
        bodies: dict[str, Callable[[dict[str, Any], str], str]] = {
            "object": self._object,
            "array": self._array,
            "string": self._string,
            "integer": lambda said, at: integer_range(Bounds.of(said, at)),
            "number": lambda said, at: number_range(Bounds.of(said, at)),
        }
        parts = [
            self._rule(bodies[name](said, at)) if keywords & set(KEYWORDS[name]) else name
            for name in types
        ]
        return " | ".join(parts)

    def _object(self, said: dict[str, Any], at: str) -> str:
        properties = mapping(said, "properties", at)
        required = texts(said, "required", at)
        more = said.get("additionalProperties", not properties)
        names = [*properties, *(name for name in required if name not in properties)]
        if more is False and len(names) > len(properties):
            raise wrong(at, f"'{names[-1]}' is required but not among the properties")
        members = {name: self._member(name, properties.get(name, more), at) for name in names}
        extra = ""
        if more is not False:
            if sum(map(len, names)) > MAX_PARTS:
                raise wrong(at, "'additionalProperties' beside so many properties")
            key = other_key(names, self._rule)
            extra = self._rule(f'{key} ws ":" ws {self._visit(more, at)}')
        return braces(
            [members[name] for name in names if name in required],
            [members[name] for name in names if name not in required],
            extra,
            self._rule,
        )

    def _member(self, name: str, schema: Any, at: str) -> str:
        key = literal(json.dumps(name, ensure_ascii=False))
        return self._rule(f'{key} ws ":" ws {self._visit(schema, f"{at}/properties/{name}")}')

    def _array(self, said: dict[str, Any], at: str) -> str:
        items = said.get("items", True)
        first = items if isinstance(items, list) else said.get("prefixItems", [])
        if not isinstance(first, list):
            raise wrong(at, "'prefixItems' is a list of schemas")
        low, high = lengths(said, "minItems", "maxItems", at)
        first = first if high is None else first[:high]
        heads = [self._visit(part, f"{at}/prefixItems/{i}") for i, part in enumerate(first)]
        low = max(0, low - len(heads))
        if isinstance(items, list) or (heads and "items" not in said and not low):
            items = False
        if items is False:
            if low:
                raise wrong(at, "'minItems' asks for more items than are allowed")
            return brackets(heads, "", 0, 0)
        high = None if high is None else high - len(heads)
        return brackets(heads, self._visit(items, f"{at}/items"), low, high)

    def _string(self, said: dict[str, Any], at: str) -> str:
        low, high = lengths(said, "minLength", "maxLength", at)
        form = FORMATS.get(said.get("format", ""))
        longest = said.get("maxLength", math.inf)
        bounded = low > form.least or longest < form.most if form else low or high is not None
        if bool(bounded) + ("pattern" in said) + (form is not None) > 1:
            raise wrong(at, "only one of pattern, format and length can be enforced")
        if "pattern" in said:
            return rf'"\"" {self._pattern(said["pattern"], at)} "\""'
        if form:
            return rf'"\"" ({form.body}) "\""'
        return rf'"\"" char{repeat(low, high)} "\""'

    def _pattern(self, pattern: Any, at: str) -> str:
        if not isinstance(pattern, str):
            raise wrong(at, "'pattern' is a text")
        try:
            return self._rule(pattern_to_gbnf(pattern, "char"))
        except PatternError as error:
            raise wrong(at, f"the pattern '{pattern[:60]}' cannot be enforced: {error}") from error
