"""The shape that ``--schema`` names."""

from __future__ import annotations

from pathlib import Path

from edgeomni.cli.options import read_schema
from edgeomni.cli.python_model import is_model, shape_of
from edgeomni.engine.grammar.shape import Shape


def read_shape(source: str) -> Shape:
    """From a file with a JSON schema, or from ``package.module:Model``. Raises SchemaError."""
    return shape_of(source) if is_model(source) else Shape(read_schema(Path(source)))
