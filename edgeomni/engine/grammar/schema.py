"""Reads JSON schemas and grammars of the user's, and turns a schema into a grammar or an error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgeomni.engine.grammar.gbnf import check
from edgeomni.engine.grammar.json_grammar import Converter
from edgeomni.engine.grammar.schema_parts import wrong
from edgeomni.errors import SchemaError

__all__ = ["check", "load", "to_grammar"]

MAX_BYTES = 256 * 1024


def load(path: Path) -> dict[str, Any]:
    """Read a schema file. Raises SchemaError when there is none in it."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unusable(path, f"cannot be read ({error.strerror})") from error
    if len(data) > MAX_BYTES:
        raise _unusable(path, f"is larger than {MAX_BYTES // 1024} KiB")
    try:
        schema = json.loads(data)
    except RecursionError as error:
        raise _unusable(path, "is nested too deeply") from error
    except ValueError as error:
        raise _unusable(path, f"is not JSON ({error})") from error
    if not isinstance(schema, dict):
        raise _unusable(path, "holds no JSON object")
    return schema


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


def _unusable(path: Path, what: str) -> SchemaError:
    return SchemaError(
        f"The schema file {path} {what}.",
        works="Without a schema the question can be asked all the same.",
        remedy="Give a file that holds one JSON schema, an object.",
    )
