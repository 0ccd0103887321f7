"""What an answer has to be, and what is said of one that is not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import partial
from typing import Any

from edgeomni.engine.grammar.validate import problem
from edgeomni.errors import IncompleteAnswer, SchemaError, UnfitAnswer
from edgeomni.values import Receipt

_WORKS = "Nothing of it was handed over: half an answer is none."


@dataclass(frozen=True, slots=True)
class Shape:
    schema: Mapping[str, Any]
    objection: Callable[[str], str] = lambda text: ""
    """What else is wrong with a text that satisfies the schema; empty for nothing."""
    name: str = ""
    """Of the model that objects."""

    def failure(self, said: str, receipt: Receipt) -> UnfitAnswer | None:
        """None for an answer that is whole and fits, and for one that the user stopped."""
        if receipt.finish_reason == "cancelled":
            return None
        if wrong := problem(self.schema, said):
            return _misshapen(said, wrong, receipt)
        refused = self.objection(said)
        return _refused(refused) if refused else None


def _misshapen(said: str, wrong: str, receipt: Receipt) -> UnfitAnswer:
    if receipt.finish_reason == "length":
        return IncompleteAnswer(
            f"The answer was cut after {receipt.completion_tokens} tokens ({len(said)} "
            f"characters), before it satisfied the schema.",
            works=_WORKS,
            remedy="Raise --max-tokens, or --context when that is full; bounds in the schema "
            "(maxLength, maxItems) keep answers short.",
        )
    return UnfitAnswer(
        f"The answer does not satisfy the schema: {wrong[:300]}.",
        works=_WORKS,
        remedy="Ask again, or with another --seed; a server may not support schemas at all.",
    )


def _refused(why: str) -> UnfitAnswer:
    return UnfitAnswer(
        f"The answer satisfies the schema, but the model's own validators refuse it: {why[:300]}.",
        works="It was not handed over.",
        remedy="Ask again, with another --seed, or say in the prompt what the validators want.",
    )


def of_model(model: Any, name: str) -> Shape:
    """The shape that a Pydantic model describes; what it prints goes to stderr.

    Raises SchemaError, and whatever the model's own code raises.
    """
    make = getattr(model, "model_json_schema", None)
    if not callable(make):
        raise SchemaError(
            f"{name} is no Pydantic model.",
            works="Nothing was generated.",
            remedy="Name a class that is derived from pydantic.BaseModel.",
        )
    with redirect_stdout(sys.stderr):
        schema = make()
    if not isinstance(schema, Mapping):
        raise SchemaError(f"{name} gives no JSON schema.", works="Nothing was generated.")
    return Shape(schema, partial(_objection, model), name)


def _objection(model: Any, text: str) -> str:
    """Its own validators see more than a schema says."""
    check = getattr(model, "model_validate_json", None)
    if not callable(check):
        return ""
    try:
        with redirect_stdout(sys.stderr):
            check(text)
    except (Exception, SystemExit) as error:  # the user's own code
        return " ".join(str(error).split()) or type(error).__name__
    return ""
