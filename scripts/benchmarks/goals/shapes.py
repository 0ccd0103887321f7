"""S1: answers that must have a shape are whole, valid JSON, whatever the model would rather say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import ours
from benchmarks.lab import Lab, says
from benchmarks.samples import Bar, Guard, Result, Samples
from bootstrap.place import this_checkout
from edgeomni.engine.grammar.validate import problem
from edgeomni.ports import Engine
from edgeomni.values import Finished, Options, TextDelta

Schema = Mapping[str, Any]

SEEDS = range(5)
ANSWER = 192
"""Tokens: few enough that a small model runs into them."""

_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}
_FLAG = {"type": "boolean"}
_EXAMPLES = ("invoice", "receipt", "chart", "form", "screen")


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: Schema, **bounds: int) -> Schema:
    return {"type": "array", "items": items, **bounds}


_TREE = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            **_object(name=_TEXT),
            "properties": {"name": _TEXT, "children": _list({"$ref": "#/$defs/node"})},
        }
    },
}
_OWN: Mapping[str, Schema] = {
    "Name a city by the sea.": _object(city=_TEXT, country=_TEXT),
    "Tell a long story about a fisherman.": _object(title=_TEXT, story=_TEXT, moral=_TEXT),
    "List every animal that you know.": _list(_TEXT),
    "Count from one without end.": _list({"type": "integer"}),
    "Is the sea salty?": _FLAG,
    "How deep is the sea?": {"type": "integer", "minimum": 1, "maximum": 12000},
    "Which day is it?": {"type": "string", "format": "date"},
    "Give me a serial number.": {"type": "string", "pattern": "^[A-Z]{3}-\\d{4}$"},
    "Name a colour.": {"enum": ["red", "green", "blue", "très bleu"]},
    "Describe a recipe.": _object(
        name=_TEXT, steps=_list(_TEXT, minItems=2), minutes=_NUMBER, vegan=_FLAG
    ),
    "Draw a family tree.": _TREE,
    "Say anything in JSON.": {},
    "Who are you?": {"anyOf": [_object(name=_TEXT), {"type": "null"}]},
    "Write your address with everything in it.": {
        "type": "object",
        "properties": {"street": _TEXT, "town": _TEXT, "more": _TEXT},
        "required": ["town"],
        "additionalProperties": _TEXT,
    },
    "Plot ten points.": _list(_object(x=_NUMBER, y=_NUMBER), minItems=10, maxItems=10),
}


def cases() -> Sequence[tuple[str, Schema]]:
    """Twenty questions, each with the shape of its answer."""
    folder = Path(this_checkout().root) / "examples"
    shown = [
        (f"Make up an example: {name}.", json.loads((folder / f"{name}.json").read_text()))
        for name in _EXAMPLES
    ]
    return [*_OWN.items(), *shown]


def whole(lab: Lab) -> list[Result]:
    """Answers that satisfy their schema, of all that were begun."""
    valid = ended = asked = 0
    with ours.engine(lab.text, lab.scratch) as engine:
        for question, schema in cases():
            for seed in SEEDS:
                text, early = answer(engine, question, schema, seed)
                valid += not problem(schema, text)
                ended += early
                asked += 1
    return [
        Result(
            "S1",
            f"{len(cases())} schemas, {len(SEEDS)} seeds, {ANSWER} tokens, temperature 0.7",
            Samples((100 * valid / asked,), "% valid"),
            Bar("at least", 100, "% valid"),
            guards=(Guard(f"{ended} of {asked} ended early, so the limit was met", ended > 0),),
        )
    ]


def answer(engine: Engine, question: str, schema: Schema, seed: int) -> tuple[str, bool]:
    """What is said, and whether it had to be ended early."""
    options = Options(max_tokens=ANSWER, temperature=0.7, seed=seed, schema=schema)
    text, early = "", False
    for event in engine.stream([says("user", question)], options):
        if isinstance(event, TextDelta):
            text += event.text
        elif isinstance(event, Finished):
            early = event.receipt.finish_reason == "length"
    return text, early
