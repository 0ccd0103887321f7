"""Whether a text has a pattern or a format, by the very grammar that would have shaped it.

In time that grows with the text: what a server answers must not be able to stall a backtracking
matcher, and patterns mean what they mean to the grammar.
"""

from __future__ import annotations

import json
from functools import lru_cache

from edgeomni.engine.grammar.formats import FORMATS
from edgeomni.engine.grammar.gbnf_reader import read
from edgeomni.engine.grammar.pattern import PatternError, pattern_to_gbnf
from edgeomni.engine.grammar.walk import Unwalkable, Walk
from edgeomni.errors import SchemaError

_CHARACTER = r'[^"\\] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4})'


def has_pattern(pattern: str, text: str) -> bool:
    """True also for a pattern that no grammar can say: it was refused where it would count."""
    return _goes(_pattern(pattern), text)


def has_format(name: str, text: str) -> bool:
    """True also for a format that no grammar can say."""
    return name not in FORMATS or _goes(_format(name), text)


def _goes(walk: Walk | None, text: str) -> bool:
    if walk is None:
        return True
    try:
        state = walk.after(walk.start, json.dumps(text, ensure_ascii=False)[1:-1])
    except Unwalkable:
        return True
    return state is not None and state.may_end


@lru_cache(maxsize=64)
def _pattern(pattern: str) -> Walk | None:
    try:
        return _walk(f"{pattern_to_gbnf(pattern, 'char')}\nchar ::= {_CHARACTER}")
    except PatternError:
        return None


@lru_cache(maxsize=64)
def _format(name: str) -> Walk | None:
    return _walk(FORMATS[name].body)


def _walk(root: str) -> Walk | None:
    try:
        return Walk(read(f"root ::= {root}\n"))
    except (SchemaError, Unwalkable):
        return None
