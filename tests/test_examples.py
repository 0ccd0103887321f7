"""Every example can be used as it is written, and a model's answer has its shape."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeomni.cli.shape import read_shape
from edgeomni.engine.grammar.gbnf import check
from edgeomni.engine.grammar.schema import to_grammar
from edgeomni.engine.grammar.validate import problem
from edgeomni.engine.grammar.walk import Walk
from edgeomni.values import Receipt
from tests.cli.conftest import Cli, cli, elsewhere
from tests.tiny.build import TinyModel

FOLDER = Path(__file__).parents[1] / "examples"
SCHEMAS = sorted(FOLDER.glob("*.json"))
Tiny = Callable[[str], TinyModel]
__all__ = ["cli", "elsewhere"]  # fixtures
BOUNDED = ("maxLength", "pattern", "format", "enum")


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_every_schema_becomes_a_grammar_that_an_answer_satisfies(path: Path) -> None:
    schema = json.loads(path.read_text())
    way = Walk(check(to_grammar(schema)))
    assert problem(schema, way.ending(way.start)) == ""


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_nothing_in_an_example_may_go_on_for_ever(path: Path) -> None:
    def parts(value: object) -> list[dict[str, object]]:
        inner = value.values() if isinstance(value, dict) else value
        here = [value] if isinstance(value, dict) else []
        nested = inner if isinstance(value, dict | list) else []
        return here + [part for one in nested for part in parts(one)]

    for part in parts(json.loads(path.read_text())):
        if part.get("type") == "string":
            assert any(bound in part for bound in BOUNDED), part
        if part.get("type") == "array":
            assert "maxItems" in part, part


def test_the_commands_name_files_that_are_there() -> None:
    text = (FOLDER / "README.md").read_text()
    commands = [line for line in text.splitlines() if line.startswith("edgeomni ask")]
    assert len(commands) > 6
    for command in commands:
        words = shlex.split(command, comments=True)
        if "--schema" in words:
            shape = words[words.index("--schema") + 1]
            assert (FOLDER.parent / shape).is_file() or re.fullmatch(
                r"examples\.shapes:Card", shape
            )


@pytest.mark.engine
@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_a_model_answers_in_the_shape_of_an_example(path: Path, cli: Cli, tiny: Tiny) -> None:
    model = str(tiny("llama").model)
    words = ["--max-tokens", "300", "--temperature", "1", "--seed", "1", "--device", "cpu"]
    result = cli("ask", "go", "-m", model, "--schema", str(path), *words)
    assert result.code == 0, result.err
    assert problem(json.loads(path.read_text()), result.out) == ""


def test_the_pydantic_example_gives_a_schema_that_becomes_a_grammar(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("pydantic")
    monkeypatch.chdir(FOLDER.parent)
    shape = read_shape("examples.shapes:Card")
    way = Walk(check(to_grammar(shape.schema)))
    shortest = way.ending(way.start)
    assert shape.failure(shortest, Receipt()) is None
    refused = shape.failure(json.dumps(json.loads(shortest) | {"mail": "nobody"}), Receipt())
    assert refused and "no mail address" in refused.happened
