"""Whether a JSON text satisfies a schema, and where it does not.

A grammar holds our own models to a schema; a server may not care, and a text may have been cut.
What changes nothing in an answer's shape (titles, examples) and what no grammar could enforce is
passed over: the grammar refuses the latter before anything is generated.
"""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from edgeomni.engine.grammar.matching import has_format, has_pattern
from edgeomni.engine.grammar.schema_parts import is_of, resolve, types_of

_DEEPEST = 200
_BEYOND = {
    "minimum": operator.lt,
    "maximum": operator.gt,
    "exclusiveMinimum": operator.le,
    "exclusiveMaximum": operator.ge,
}

Problems = Iterator[str]


def problem(schema: Mapping[str, Any], text: str) -> str:
    """What is wrong with the text, with its place in it; empty when it satisfies the schema."""
    try:
        value = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        return f"it is no JSON: {error}"
    return next(_Validator(schema).check(schema, value, "#", 0), "")


def _finite(digits: str) -> float:
    """Who parses the answer would get infinity, without an error."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:60]} is larger than any number of 64 bits")
    return number


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


class _Validator:
    """Every method yields the problems of one value with some keywords of one schema."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root

    def check(self, schema: Any, value: Any, at: str, depth: int) -> Problems:
        if schema is True or depth > _DEEPEST:
            return
        if not isinstance(schema, Mapping):
            yield f"at {at}, nothing is allowed"
            return
        yield from self._combined(schema, value, at, depth + 1)
        types = types_of(schema, at)
        if types and not any(is_of(value, name) for name in types):
            yield f"at {at}, it is no {' or '.join(types)}"
        yield from self._kinds(value)(schema, value, at, depth + 1)

    def _kinds(self, value: Any) -> Callable[[Mapping[str, Any], Any, str, int], Problems]:
        match value:
            case dict():
                return self._object
            case list():
                return self._array
            case str():
                return self._string
            case int() | float() if not isinstance(value, bool):
                return self._number
        return lambda schema, value, at, depth: iter(())

    def _combined(self, schema: Mapping[str, Any], value: Any, at: str, depth: int) -> Problems:
        if "$ref" in schema:
            yield from self.check(resolve(self._root, schema["$ref"], at), value, at, depth)
        if "const" in schema and not _same(schema["const"], value):
            yield f"at {at}, it is not {json.dumps(schema['const'])[:60]}"
        if "enum" in schema and not any(_same(one, value) for one in schema["enum"]):
            yield f"at {at}, {json.dumps(value)[:60]} is none of the values of 'enum'"
        for part in schema.get("allOf", ()):
            yield from self.check(part, value, at, depth)
        for keyword in ("anyOf", "oneOf"):
            parts = schema.get(keyword)
            if parts and all(any(self.check(part, value, at, depth)) for part in parts):
                yield f"at {at}, it satisfies no part of '{keyword}'"

    def _object(self, schema: Mapping[str, Any], value: Any, at: str, depth: int) -> Problems:
        for name in schema.get("required", ()):
            if name not in value:
                yield f"at {at}, {name!r} is missing"
        known = schema.get("properties", {})
        others = schema.get("additionalProperties", True)
        for name, inner in value.items():
            if name not in known and others is False:
                yield f"at {at}, {name!r} is not among the properties"
            else:
                yield from self.check(known.get(name, others), inner, f"{at}/{name}", depth)

    def _array(self, schema: Mapping[str, Any], value: Any, at: str, depth: int) -> Problems:
        yield from _between(len(value), schema, "Items", "items", at)
        items = schema.get("items", True)
        first = items if isinstance(items, list) else schema.get("prefixItems", [])
        rest = True if isinstance(items, list) else items
        for index, inner in enumerate(value):
            part = first[index] if index < len(first) else rest
            yield from self.check(part, inner, f"{at}/{index}", depth)

    def _string(self, schema: Mapping[str, Any], value: Any, at: str, depth: int) -> Problems:
        yield from _between(len(value), schema, "Length", "characters", at)
        if "pattern" in schema and not has_pattern(str(schema["pattern"]), value):
            yield f"at {at}, it does not have the pattern {schema['pattern'][:60]!r}"
        if "format" in schema and not has_format(str(schema["format"]), value):
            yield f"at {at}, it does not have the format {schema['format']!r:.60}"

    def _number(self, schema: Mapping[str, Any], value: Any, at: str, depth: int) -> Problems:
        for keyword, is_beyond in _BEYOND.items():
            if keyword in schema and is_beyond(value, schema[keyword]):
                yield f"at {at}, {value} is beyond the '{keyword}' of {schema[keyword]}"


def _between(size: int, schema: Mapping[str, Any], name: str, what: str, at: str) -> Problems:
    if size < schema.get(f"min{name}", 0):
        yield f"at {at}, it has {size} {what}, fewer than 'min{name}'"
    if size > schema.get(f"max{name}", size):
        yield f"at {at}, it has {size} {what}, more than 'max{name}'"


def _same(one: Any, other: Any) -> bool:
    """As JSON sees it: 1 is 1.0, but true is not 1."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(_same(one[k], other[k]) for k in one)
        case list(), list():
            return len(one) == len(other) and all(map(_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
