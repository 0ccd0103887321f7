"""Answers that must have a shape: held back until they are whole."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path

from edgeomni.cli.options import read_schema
from edgeomni.cli.python_model import is_model, shape_of
from edgeomni.engine.grammar.shape import Shape
from edgeomni.values import EngineEvent, Finished, TextDelta

Events = Generator[EngineEvent, None, None]


def read_shape(source: str) -> Shape:
    """From a file with a JSON schema, or from ``package.module:Model``. Raises SchemaError."""
    return shape_of(source) if is_model(source) else Shape(read_schema(Path(source)))


def whole(events: Events, shape: Shape, progress: Callable[[str], None]) -> Events:
    """The same events, with the text in one piece at the end, or not at all.

    Raises:
        IncompleteAnswer: it was cut before it satisfied the schema.
        UnfitAnswer: it is over, and does not satisfy it.
    """
    said = ""
    with closing(events):
        for event in events:
            if isinstance(event, TextDelta):
                said += event.text
                progress(f"answering … {len(said)} characters")
            elif isinstance(event, Finished):
                progress("")
                yield from _delivered(said, shape, event)
            else:
                yield event


def _delivered(said: str, shape: Shape, end: Finished) -> Events:
    failure = shape.failure(said, end.receipt)
    if not failure and end.receipt.finish_reason != "cancelled":
        yield TextDelta(said)
    yield end
    if failure:
        raise failure
