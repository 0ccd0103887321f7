"""Reading mode: the text layer where there is one, the model's eyes where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeomni.values import Finished, Receipt, TextDelta
from tests.cli.conftest import Cli
from tests.fakes import EchoEngine, ScriptedEngine


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"x")
    (tmp_path / "scan.png").write_bytes(b"x")


def reading(*texts: str) -> ScriptedEngine:
    return ScriptedEngine(script=[[TextDelta(text), Finished(Receipt())] for text in texts])


def test_a_page_with_text_is_read_without_a_model(cli: Cli) -> None:
    engine = reading("what the scan says")
    result = cli("read", "a.pdf", engine=engine)
    assert result.out == "Dear reader\n\nwhat the scan says\n"
    assert len(engine.asked) == 1


def test_look_reads_every_page_from_its_picture(cli: Cli) -> None:
    engine = reading("one", "two")
    assert cli("read", "a.pdf", "--look", engine=engine).out == "one\n\ntwo\n"


def test_each_page_is_a_conversation_of_its_own(cli: Cli) -> None:
    engine = reading("one", "two")
    cli("read", "a.pdf", "--look", engine=engine)
    assert [len(asked) for asked in engine.asked] == [1, 1]


def test_the_likeliest_words_are_taken(cli: Cli) -> None:
    engine = reading("one")
    cli("read", "scan.png", engine=engine)
    assert engine.options[0].temperature == 0


def test_every_page_is_an_object_with_its_file_and_number(cli: Cli) -> None:
    result = cli("read", "a.pdf", "scan.png", "--json", engine=reading("two", "three"))
    assert [(found["file"], found["page"], found["text"]) for found in result.objects] == [
        ("a.pdf", 1, "Dear reader"),
        ("a.pdf", 2, "two"),
        ("scan.png", 1, "three"),
    ]


def test_a_file_that_is_not_there_is_said_before_anything_is_read(cli: Cli) -> None:
    result = cli("read", "a.pdf", "nothing.png", engine=EchoEngine())
    assert (result.code, result.out) == (3, "")


def test_the_camera_is_read_like_a_picture(cli: Cli) -> None:
    engine = reading("EXIT")
    assert cli("read", "camera:1", engine=engine).out == "EXIT\n"
    assert engine.asked[0][0].media[0].name == "camera 1"


def test_a_file_that_is_called_camera_is_a_file(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "camera").write_bytes(b"x")
    engine = reading("EXIT")
    cli("read", "camera", engine=engine)
    assert engine.asked[0][0].media[0].name == "camera"
    assert engine.asked[0][0].media[0].pixels == b"\xff\x00\x00"
