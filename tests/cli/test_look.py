"""edgeomni look: one picture of what is there now, one answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edgeomni.cli.look import split
from edgeomni.errors import MediaError
from edgeomni.vision.live.client import SightWish
from edgeomni.watch_events import Over
from tests.cli.conftest import Cli, Result
from tests.fakes import EchoEngine, factories
from tests.loops.watch.doubles import OPENED, ScriptedSight, Step, look

STREAM = "http://cam.local/live"


def at_sight(cli: Cli, *words: str, steps: tuple[Step, ...]) -> tuple[Result, list[SightWish]]:
    wishes: list[SightWish] = []
    sight = ScriptedSight(*steps)

    def make(wish: SightWish) -> ScriptedSight:
        wishes.append(wish)
        return sight

    result = cli("look", *words, factories=replace(factories(EchoEngine()), sight=make))
    assert not wishes or sight.closed.is_set()
    return result, wishes


def test_the_camera_is_asked_about(cli: Cli) -> None:
    engine = EchoEngine()
    result = cli("look", "Is the stove off?", engine=engine)
    assert (result.code, result.out) == (0, "Is the stove off?\n")
    (picture,) = engine.asked[-1][-1].media
    assert getattr(picture, "name", "") == "camera"


def test_without_a_question_it_is_described(cli: Cli) -> None:
    assert cli("look", engine=EchoEngine()).out == "Describe this picture.\n"


def test_json_is_the_receipt_of_ask(cli: Cli) -> None:
    (told,) = cli("look", "test", "What is it?", "--json", engine=EchoEngine()).objects
    assert told["text"] == "What is it?"
    assert told["receipt"]["media_items"] == 1


@pytest.mark.parametrize(
    ("words", "source", "question"),
    [
        (["camera:1", "Who", "is", "there?"], "camera:1", "Who is there?"),
        (["screen"], "screen", "Describe this picture."),
        (["http://cam.local/x", "Open?"], "http://cam.local/x", "Open?"),
        (["photo.jpg", "Who?"], "photo.jpg", "Who?"),
        (["camera work?"], "camera", "camera work?"),
        (["Is", "it", "on?"], "camera", "Is it on?"),
        (["/dev/null"], "/dev/null", "Describe this picture."),
    ],
)
def test_the_first_word_may_name_a_source(words: list[str], source: str, question: str) -> None:
    assert split(words) == (source, question)


def test_of_a_screen_or_a_stream_the_first_look_is_shown(cli: Cli) -> None:
    result, (wish,) = at_sight(cli, STREAM, "Error?", steps=(OPENED, look(1.0), look(2.0)))
    assert (result.code, result.out) == (0, "Error?\n")
    assert wish.address == STREAM


def test_a_source_that_cannot_be_opened_is_the_error(cli: Cli) -> None:
    error = MediaError("It cannot be reached.", code="unreachable")
    result, _ = at_sight(cli, STREAM, steps=(error,))
    assert (result.code, result.out) == (3, "")
    assert "It cannot be reached." in result.err


def test_a_source_that_ends_without_a_picture_is_an_error(cli: Cli) -> None:
    result, _ = at_sight(cli, STREAM, steps=(OPENED, Over(1.0)))
    assert result.code == 3 and "ended without a picture" in result.err


def test_a_picture_file_is_shown_as_it_is(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"x")
    assert cli("look", "photo.jpg", "Who?", engine=EchoEngine()).out == "Who?\n"


def test_nonsense_is_refused_before_a_model_is_loaded(cli: Cli) -> None:
    engine = EchoEngine()
    result = cli("look", "rtsp://", "Who?", engine=engine)
    assert (result.code, engine.asked, engine.closed) == (3, [], False)


def test_help_teaches(cli: Cli) -> None:
    told = cli("look", "--help").out
    assert "sources:" in told and "kept nowhere" in told
