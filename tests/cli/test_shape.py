"""An answer with a shape is printed whole or not at all, and shapes come from files and models."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeomni.engine.grammar.shape import Shape
from edgeomni.engine.grammar.whole import whole
from edgeomni.values import Finished, FinishReason, Options, Receipt, TextDelta
from tests.cli.conftest import Cli
from tests.fakes import EchoEngine, ScriptedEngine

PERSON = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
MODEL = """\
import json
print("a module may print")

class Person:  # what Pydantic's classes offer, without Pydantic
    @classmethod
    def model_json_schema(cls):
        return {schema}

    @classmethod
    def model_validate_json(cls, text):
        if json.loads(text)["name"] == "Nobody":
            raise ValueError("1 validation error\\n  nobody is nobody")
"""


@pytest.fixture(autouse=True)
def schema(tmp_path: Path) -> Iterator[None]:
    (tmp_path / "person.json").write_text(json.dumps(PERSON))
    (tmp_path / "shapes.py").write_text(MODEL.format(schema=PERSON))
    known = set(sys.modules)
    yield
    for name in set(sys.modules) - known:  # every test has a folder of its own
        if name.partition(".")[0] in ("shapes", "broken", "package"):
            del sys.modules[name]


def saying(*pieces: str, reason: FinishReason = "stop") -> ScriptedEngine:
    receipt = Receipt(completion_tokens=len(pieces), finish_reason=reason)
    return ScriptedEngine(script=[[*(TextDelta(piece) for piece in pieces), Finished(receipt)]])


def test_a_whole_answer_is_printed_as_it_was_said(cli: Cli) -> None:
    engine = saying('{"name":', ' "Ada"}')
    result = cli("ask", "who?", "--schema", "person.json", engine=engine)
    assert (result.code, result.out, result.err) == (0, '{"name": "Ada"}\n', "")


def test_half_an_answer_is_never_printed(cli: Cli) -> None:
    engine = saying('{"name":', ' "Ada', reason="length")
    result = cli("ask", "who?", "--schema", "person.json", engine=engine)
    assert (result.code, result.out) == (6, "")
    assert "cut after 2 tokens (13 characters)" in result.err
    assert "Raise --max-tokens" in result.err


def test_in_json_the_text_is_whole_or_there_is_an_error(cli: Cli) -> None:
    engine = saying('{"name":', reason="length")
    (found,) = cli("ask", "who?", "--schema", "person.json", "--json", engine=engine).objects
    assert (found["text"], found["error"]["code"]) == ("", "answer-incomplete")
    assert found["receipt"]["completion_tokens"] == 1


def test_while_an_answer_is_held_back_its_growth_is_shown_and_then_wiped() -> None:
    shown: list[int] = []
    events = saying('{"name":', ' "Ada"}').stream((), Options())
    list(whole(events, Shape(PERSON), shown.append))
    assert shown == [8, 15, 0]


def test_an_answer_that_ended_at_the_limit_and_fits_is_an_answer(cli: Cli) -> None:
    engine = saying('{"name": "Ada"}', reason="length")
    assert cli("ask", "who?", "--schema", "person.json", engine=engine).code == 0


def test_an_answer_of_a_server_that_ignores_the_schema_is_an_error(cli: Cli) -> None:
    result = cli("ask", "who?", "--schema", "person.json", engine=saying("Ada, of course."))
    assert (result.code, result.out) == (6, "")
    assert "does not satisfy the schema: it is no JSON" in result.err


def test_a_stopped_answer_prints_nothing_and_is_no_error(cli: Cli) -> None:
    engine = saying('{"name":', reason="cancelled")
    result = cli("ask", "who?", "--schema", "person.json", engine=engine)
    assert (result.code, result.out) == (130, "")


def test_a_model_gives_the_schema_and_its_prints_do_not_reach_stdout(cli: Cli) -> None:
    engine = saying('{"name": "Ada"}')
    result = cli("ask", "who?", "--schema", "shapes:Person", engine=engine)
    assert (result.code, result.out) == (0, '{"name": "Ada"}\n')
    assert engine.options[0].schema == PERSON
    assert "a module may print" in result.err


def test_what_the_model_itself_refuses_is_no_answer(cli: Cli) -> None:
    engine = saying('{"name": "Nobody"}')
    result = cli("ask", "who?", "--schema", "shapes:Person", engine=engine)
    assert (result.code, result.out) == (6, "")
    assert "1 validation error nobody is nobody" in result.err


def test_a_model_in_a_package_is_found_from_the_current_folder(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "shapes.py").rename(tmp_path / "package" / "people.py")
    engine = saying('{"name": "Ada"}')
    assert cli("ask", "who?", "--schema", "package.people:Person", engine=engine).code == 0


def test_the_current_folder_is_searched_for_that_import_only(cli: Cli, tmp_path: Path) -> None:
    before = list(sys.path)
    cli("ask", "who?", "--schema", "shapes:Person", engine=saying('{"name": "Ada"}'))
    assert sys.path == before


def test_a_file_of_that_name_comes_before_a_module(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "person.json").rename(tmp_path / "shapes:Person")
    engine = saying('{"name": "Nobody"}')
    assert cli("ask", "who?", "--schema", "shapes:Person", engine=engine).code == 0


@pytest.mark.parametrize(
    ("source", "place", "message"),
    [
        ("x = 1", "broken:Person", "broken:Person has no such class"),
        ("Person = 3", "broken:Person", "is no Pydantic model"),
        ("\n1/0", "broken:Person", "broken.py, line 2"),
        ("def f(:", "broken:Person", "broken.py, line 1"),
        ("raise SystemExit(3)", "broken:Person", "SystemExit: 3"),
        (
            "import a_library_that_is_not_here",
            "broken:P",
            "-m pip install a_library_that_is_not_here",
        ),
        ("", "elsewhere:Person", "There is no module elsewhere in this folder"),
        (
            "class P:\n def model_json_schema():\n  raise KeyError('k')",
            "broken:P",
            "broken.py, line 3",
        ),
    ],
)
def test_a_module_that_cannot_be_used_is_an_error_with_its_place(
    source: str, place: str, message: str, cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "broken.py").write_text(source)
    result = cli("ask", "who?", "--schema", place, "--json", engine=EchoEngine())
    (found,) = result.objects
    assert (result.code, found["error"]["code"]) == (2, "bad-schema")
    assert message in found["error"]["message"] + found["error"]["hint"]


def test_without_pydantic_the_error_names_the_line_that_installs_it(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pydantic", None)
    (tmp_path / "broken.py").write_text("from pydantic import BaseModel")
    result = cli("ask", "who?", "--schema", "broken:Person", engine=EchoEngine())
    assert result.code == 2
    assert f"{sys.executable} -m pip install pydantic" in result.err


def test_a_pydantic_model_is_taken_as_it_is(cli: Cli, tmp_path: Path) -> None:
    pytest.importorskip("pydantic")
    (tmp_path / "broken.py").write_text(
        "from pydantic import BaseModel\nclass Person(BaseModel):\n    name: str\n"
    )
    engine = saying('{"name": "Ada"}')
    assert cli("ask", "who?", "--schema", "broken:Person", engine=engine).code == 0


@pytest.mark.parametrize(
    "source",
    [
        "from pydantic import BaseModel\nclass P(BaseModel):\n    name: object()\n",
        "from pydantic import BaseModel\nclass P(BaseModel):\n    name: type(len)\n",
        "import json\nP = json.loads('{')\n",
        "import ast\nP = ast.parse('def f(:')\n",
    ],
    ids=["unknown type", "no JSON schema", "a library's error", "an error in a text"],
)
def test_the_line_that_is_named_is_the_users_own(source: str, cli: Cli, tmp_path: Path) -> None:
    pytest.importorskip("pydantic")
    (tmp_path / "broken.py").write_text(source)
    result = cli("ask", "who?", "--schema", "broken:P", engine=EchoEngine())
    assert "broken.py, line 2)" in result.err
    assert result.code == 2
