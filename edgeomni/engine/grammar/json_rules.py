"""The grammar of JSON itself, and how objects and lists are put together from rules."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from edgeomni.engine.grammar.pattern import CHARACTER, literal

# The rules of JSON itself. White space is bounded: small models like to run away in it. So are
# exponents: beyond some 308 there is nothing but infinity, which is no JSON to the next program.
JSON_RULES = {
    "ws": r'| " " | "\n"{1,2} [ \t]{0,20}',
    "char": CHARACTER,
    "string": r'"\"" char* "\""',
    "integer": '"-"? ("0" | [1-9] [0-9]{0,15})',
    "number": 'integer ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,2})?',
    "boolean": '"true" | "false"',
    "null": '"null"',
    "comma": 'ws "," ws',
    "member": 'string ws ":" ws value',
    "object": '"{" ws (member (comma member)*)? ws "}"',
    "array": '"[" ws (value (comma value)*)? ws "]"',
    "value": "object | array | string | number | boolean | null",
}
Name = Callable[[str], str]
"""Makes a rule of a body and gives its name."""


def braces(required: list[str], optional: list[str], extra: str, rule: Name) -> str:
    """An object: the required members in their order, then any of the optional ones in theirs."""
    tail = f"(comma {extra})*" if extra else ""
    if required:
        some = [f"(comma {member})?" for member in optional]
        inner = " ".join([" comma ".join(required), *some, tail])
    else:
        starts = [f"{extra} {tail}"] if extra else []
        for member in reversed(optional):
            starts.insert(0, f"{member} {tail}")
            tail = rule(f"(comma {member})? {tail}")
        inner = f"({' | '.join(starts)})?" if starts else ""
    return f'"{{" ws {inner} ws "}}"'


def brackets(heads: list[str], item: str, low: int, high: int | None) -> str:
    if heads:
        more = f"(comma {item}){repeat(low, high)}" if item and high != 0 else ""
        inner = f"{' comma '.join(heads)} {more}"
    elif not item or high == 0:
        inner = ""
    else:
        more = repeat(max(0, low - 1), None if high is None else high - 1)
        inner = f"{item} (comma {item}){more}"
        inner = inner if low else f"({inner})?"
    return f'"[" ws {inner} ws "]"'


def repeat(low: int, high: int | None) -> str:
    return f"{{{low},{'' if high is None else high}}}"


def other_key(names: Sequence[str], rule: Name) -> str:
    """Any key but these: a key that came twice could undo what the schema says of it."""
    plain = [name for name in names if json.dumps(name, ensure_ascii=False) == f'"{name}"']
    return rule(rf'"\"" {_unlike(plain, 0, rule)} "\""') if plain else "string"


def _unlike(names: Sequence[str], at: int, rule: Name) -> str:
    """The rest of a text that began like these names up to ``at`` and is none of them."""
    heads = sorted({name[at] for name in names if len(name) > at})
    alike = {head: [n for n in names if n[at : at + 1] == head] for head in heads}
    choices = [f"{literal(head)} {_unlike(alike[head], at + 1, rule)}" for head in heads]
    inside = "".join("\\" + head if head in "]-[" else head for head in heads)
    choices.append(rf'[^{inside}"\\\x7F\x00-\x1F] char*')
    if all(len(name) != at for name in names):
        # Not behind the last bar: the line would go on in the next rule.
        choices.insert(0, "")
    return rule(" | ".join(choices))
