"""What a shell makes of a pattern behind a flag: one file for the flag, and words behind it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.fakes import EchoEngine


@pytest.fixture(autouse=True)
def pictures(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.png"):
        (tmp_path / name).write_bytes(b"x")


def seen_and_asked(engine: EchoEngine) -> tuple[list[str], object]:
    last = engine.asked[0][-1]
    return [media.name for media in last.media], last.parts[-1]


def test_files_behind_the_first_are_shown_too(cli: Cli) -> None:
    engine = EchoEngine()
    cli("ask", "-i", "a.png", "b.png", "c.png", "What is this?", engine=engine)
    assert seen_and_asked(engine) == (["a.png", "b.png", "c.png"], "What is this?")


def test_flags_may_stand_between_the_files_and_the_question(cli: Cli) -> None:
    result = cli("ask", "-i", "a.png", "b.png", "--each", "What is this?", engine=EchoEngine())
    assert [found["file"] for found in result.objects] == ["a.png", "b.png"]


def test_a_file_that_is_not_there_is_no_part_of_the_question(cli: Cli) -> None:
    result = cli("ask", "-i", "a.png", "d.png", "What is this?", engine=EchoEngine())
    assert (result.code, "d.png does not exist" in result.err) == (3, True)


def test_a_question_may_speak_of_files(cli: Cli) -> None:
    engine = EchoEngine()
    cli("ask", "-i", "a.png", "is", "it", "like", "d.png", engine=engine)
    assert seen_and_asked(engine) == (["a.png"], "is it like d.png")


def test_places_are_not_looked_for_in_several(cli: Cli) -> None:
    result = cli("ask", "-i", "a.png", "b.png", "--boxes", "cups", engine=EchoEngine())
    assert (result.code, "exactly one -i IMAGE" in result.err) == (2, True)
