"""Reads the parts of a JSON schema, and says where and why one cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgeomni.engine.grammar.formats import FORMATS, OF_ANY_TEXT, OF_NUMBERS
from edgeomni.errors import SchemaError

MAX_REPEAT = 1000
"""Characters or items that a bound may ask for; a higher upper bound becomes this one."""

COMMENTS = frozenset(
    (
        *("$schema", "$id", "$anchor", "$comment", "$defs", "definitions"),
        *("title", "description", "default", "example", "examples", "deprecated"),
        *("readOnly", "writeOnly", "discriminator"),
    )
)
"""They change nothing in what an answer may be."""
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "format")
KEYWORDS: dict[str, tuple[str, ...]] = {
    "object": ("properties", "required", "additionalProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems"),
    "string": ("minLength", "maxLength", "pattern", "format"),
    "integer": _BOUNDS,
    "number": _BOUNDS,
    "boolean": (),
    "null": (),
}
ENFORCED = {keyword for keywords in KEYWORDS.values() for keyword in keywords}


def wrong(at: str, what: str) -> SchemaError:
    return SchemaError(
        f"The schema cannot be used: at {at}, {what}.",
        works="Nothing was generated.",
        remedy="Change that part of the schema, or ask without it.",
    )


def resolve(root: Any, ref: Any, at: str) -> Any:
    """What a reference within the schema points at."""
    if not isinstance(ref, str) or (ref != "#" and not ref.startswith("#/")):
        raise wrong(at, f"{ref!r} points out of the schema; nothing is ever fetched")
    target = root
    for step in ref.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(target, list) and step.isdecimal() and int(step) < len(target):
            target = target[int(step)]
        elif isinstance(target, Mapping) and step in target:
            target = target[step]
        else:
            raise wrong(at, f"'{ref}' leads nowhere")
    return target


def lengths(said: dict[str, Any], low: str, high: str, at: str) -> tuple[int, int | None]:
    for key in (low, high):
        if key in said and (not is_of(said[key], "integer") or said[key] < 0):
            raise wrong(at, f"'{key}' is a number of at least 0")
    least, most = int(said.get(low, 0)), said.get(high)
    if least > MAX_REPEAT or (most is not None and most < least):
        raise wrong(at, f"'{low}' is larger than {'the upper bound' if most else MAX_REPEAT}")
    return least, None if most is None else min(int(most), MAX_REPEAT)


_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def is_of(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    whole = name == "integer" and isinstance(value, float) and value.is_integer()
    return whole or isinstance(value, _PYTHON_TYPES[name])


def types_of(said: Mapping[str, Any], at: str) -> list[str]:
    declared = said.get("type", [])
    types = [declared] if isinstance(declared, str) else declared
    if not isinstance(types, list) or ("type" in said and not types):
        raise wrong(at, "'type' is a name or a list of names")
    for name in types:
        if name not in KEYWORDS:
            raise wrong(at, f"there is no type {name!r}")
    return types


def check_format(said: Mapping[str, Any], at: str) -> None:
    """Raises SchemaError for a format that would be a mere wish."""
    form = said.get("format", "date")
    if not isinstance(form, str):
        raise wrong(at, "'format' is a text")
    if form not in FORMATS and form not in OF_ANY_TEXT | OF_NUMBERS:
        raise wrong(at, f"the format '{form[:60]}' cannot be enforced")


def mapping(said: dict[str, Any], key: str, at: str) -> Mapping[str, Any]:
    value = said.get(key, {})
    if not isinstance(value, Mapping):
        raise wrong(at, f"'{key}' is an object")
    return value


def texts(said: dict[str, Any], key: str, at: str) -> list[str]:
    value = said.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise wrong(at, f"'{key}' is a list of texts")
    return value


def alone(keyword: str, said: Mapping[str, Any], at: str, *allowed: str) -> None:
    beside = sorted(said.keys() - {keyword, *allowed})
    if beside:
        raise wrong(at, f"'{beside[0]}' beside '{keyword}' cannot be enforced")


def merged(one: dict[str, Any], other: dict[str, Any], at: str) -> dict[str, Any]:
    both = dict(one)
    for key, value in other.items():
        if key not in both or both[key] == value:
            both[key] = value
        elif key == "properties" and not both[key].keys() & value.keys():
            both[key] = {**both[key], **value}
        elif key == "required":
            both[key] = [*both[key], *value]
        else:
            raise wrong(at, f"'{key}' differs between the parts of 'allOf'")
    if one and other and "additionalProperties" in both:
        raise wrong(at, "'additionalProperties' within 'allOf' cannot be enforced")
    return both
