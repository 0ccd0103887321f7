"""Turns a JSON schema into a grammar, or into an error that says where it cannot be one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from edgeomni.engine.grammar.gbnf import check
from edgeomni.engine.grammar.json_grammar import Converter
from edgeomni.engine.grammar.schema_parts import wrong

__all__ = ["check", "to_grammar"]

MAX_BYTES = 256 * 1024


def to_grammar(schema: Mapping[str, Any]) -> str:
    """GBNF for JSON texts that satisfy the schema. Raises SchemaError with place and reason."""
    try:
        if not isinstance(schema, Mapping):
            raise wrong("#", "a schema is an object")
        if len(json.dumps(schema)) > MAX_BYTES:
            raise wrong("#", f"the schema is larger than {MAX_BYTES // 1024} KiB")
        return Converter(schema).grammar()
    except RecursionError as error:
        raise wrong("#", "the schema is nested too deeply") from error
    except (TypeError, ValueError) as error:
        raise wrong("#", f"the schema is no JSON ({error})") from error
