"""Answers that must have a shape: read from a file or a model, held back until they are whole."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeomni.cli.options import read_schema
from edgeomni.cli.python_model import PythonModel, is_model
from edgeomni.engine.grammar.validate import problem
from edgeomni.errors import EngineError, IncompleteAnswer
from edgeomni.values import EngineEvent, Finished, Receipt, TextDelta

Events = Generator[EngineEvent, None, None]


@dataclass(frozen=True, slots=True)
class Shape:
    """What an answer has to be."""

    schema: Mapping[str, Any]
    model: PythonModel | None = None

    def problem(self, text: str) -> str:
        """What is wrong with an answer; empty when it is what was asked for."""
        found = problem(self.schema, text)
        return found if found or self.model is None else self.model.problem(text)


def read_shape(source: str) -> Shape:
    """From a file with a JSON schema, or from ``package.module:Model``. Raises SchemaError."""
    if is_model(source):
        model = PythonModel(source)
        return Shape(model.schema(), model)
    return Shape(read_schema(Path(source)))


def whole(events: Events, shape: Shape, progress: Callable[[str], None]) -> Events:
    """The same events, with the text in one piece at the end, or not at all.

    Raises:
        IncompleteAnswer: it was cut before it satisfied the schema.
        EngineError: ``answer-invalid``: it is over, and does not satisfy it.
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
    stopped = end.receipt.finish_reason == "cancelled"
    wrong = "" if stopped else shape.problem(said)
    if not (stopped or wrong):
        yield TextDelta(said)
    yield end
    if wrong:
        raise _unfit(said, wrong, end.receipt)


def _unfit(said: str, wrong: str, receipt: Receipt) -> EngineError:
    if receipt.finish_reason == "length":
        return IncompleteAnswer(
            f"The answer was cut after {receipt.completion_tokens} tokens ({len(said)} "
            f"characters), before it satisfied the schema.",
            works="Nothing of it was printed: half an answer is none.",
            remedy="Raise --max-tokens, or --context when that is full; bounds in the schema "
            "(maxLength, maxItems) keep answers short.",
        )
    return EngineError(
        f"The answer does not satisfy the schema: {wrong[:300]}.",
        works="Nothing of it was printed.",
        remedy="Ask again, or with another --seed; a server may not support schemas at all.",
        code="answer-invalid",
    )
