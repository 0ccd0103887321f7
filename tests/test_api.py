"""The assistant for other Python programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeomni
from edgeomni import Assistant
from edgeomni.errors import EngineError, IncompleteAnswer, MediaError, UnfitAnswer, UsageError
from edgeomni.given import Asked
from edgeomni.values import (
    LEGIBLE,
    Finished,
    Fit,
    Frame,
    FrameRequest,
    Image,
    Receipt,
    TextDelta,
)
from tests.fakes import EchoEngine, PaintedEyes, ScriptedEngine, factories

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEOMNI_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def assistant(engine: EchoEngine, **settings: Any) -> Assistant:
    return Assistant(factories=factories(engine), **settings)


def saying(text: str, reason: Any = "stop") -> ScriptedEngine:
    receipt = Receipt(completion_tokens=3, finish_reason=reason)
    return ScriptedEngine(script=[[TextDelta(text), Finished(receipt)]])


def test_a_question_gives_a_whole_answer_with_its_receipt() -> None:
    with assistant(EchoEngine()) as talking:
        reply = talking.ask("hello there")
    assert reply.text == "hello there"
    assert reply.receipt.completion_tokens == 2


def test_an_answer_can_be_had_piece_by_piece() -> None:
    with assistant(EchoEngine()) as talking:
        assert list(talking.stream("one two")) == ["one", " two"]


def test_a_conversation_remembers_until_it_is_cleared() -> None:
    with assistant(EchoEngine()) as talking:
        talking.ask("one")
        assert [message.text for message in talking.history] == ["one", "one"]
        talking.clear()
        assert talking.history == ()


def test_files_of_every_kind_stand_before_the_prompt(tmp_path: Path) -> None:
    for name in ("a.png", "b.pdf", "c.mp4", "d.wav"):
        (tmp_path / name).write_bytes(b"x")
    engine = EchoEngine()
    with assistant(engine) as talking:
        talking.ask("what?", "a.png", Path("b.pdf"), "c.mp4", "d.wav", between="0:01-")
    assert [media.name for media in engine.asked[0][0].media] == [
        *("a.png", "b.pdf", "b.pdf", "c.mp4", "c.mp4", "d.wav")
    ]


def test_pixels_are_shown_as_they_are() -> None:
    engine = EchoEngine()
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    with assistant(engine) as talking:
        talking.ask("what?", pixels[:, ::-1])
    (seen,) = engine.asked[0][0].media
    assert isinstance(seen, Image)
    assert (seen.width, seen.height, seen.pixels[:3]) == (3, 2, bytes([6, 7, 8]))


def test_other_arrays_are_refused_with_a_remedy() -> None:
    with assistant(EchoEngine()) as talking, pytest.raises(MediaError, match="float64"):
        talking.ask("what?", np.zeros((2, 2, 3)))


def test_options_and_settings_reach_the_engine() -> None:
    engine = EchoEngine()
    with assistant(engine, system="Be brief.", temperature=0.5) as talking:
        talking.ask("hi", max_tokens=7, seed=3)
    (options,) = engine.options
    assert (options.temperature, options.max_tokens, options.seed) == (0.5, 7, 3)
    assert engine.asked[0][0].text == "Be brief."


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"sea": 1}, "There is no setting 'sea'."),
        ({"contxt": 1}, "There is no setting 'contxt'; did you mean context?"),
        ({"detail": "zz"}, "detail must be one of low, auto, high, not 'zz'."),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as error:
        assistant(EchoEngine(), **wrong)
    assert error.value.happened == said


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"sead": 1}, "There is no option 'sead'; did you mean seed?"),
        ({"frames": 0}, "frames must be a whole number from 1 to 512, not 0."),
        ({"choose": "best"}, "choose must be one of uniform, keyframes, scenes, not 'best'."),
        ({"detail": "high"}, "detail is chosen once, not for each question."),
    ],
)
def test_a_wrong_option_is_named(wrong: Any, said: str) -> None:
    with assistant(EchoEngine()) as talking, pytest.raises(UsageError) as error:
        talking.ask("hi", **wrong)
    assert error.value.happened == said


@pytest.mark.parametrize(
    "options",
    [{"max_tokens": -1}, {"max_tokens": "x"}, {"temperature": float("nan")}, {"seed": 1.5}],
)
def test_an_option_that_makes_no_sense_is_named(options: dict[str, Any]) -> None:
    (name,) = options
    with assistant(EchoEngine()) as talking, pytest.raises(UsageError, match=name):
        talking.ask("hi", **options)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"stop": 3}, "stop must be a text or a list of texts, none of them empty, not 3."),
        ({"stop": [3]}, "stop must be a text or a list of texts, none of them empty, not [3]."),
        ({"stop": ""}, "stop must be a text or a list of texts, none of them empty, not ''."),
        ({"tools": 3}, "tools must be a list of edgeomni.values.Tool, not 3."),
        ({"tools": ["x"]}, "tools must be a list of edgeomni.values.Tool, not ['x']."),
        ({"grammar": 3}, "grammar must be a text, not 3."),
        ({"continuation": 3}, "continuation must be a text, not 3."),
        ({"overflow": "x"}, "overflow must be one of trim, refuse, not 'x'."),
        ({"thinking": "x"}, "thinking must be True or False, not 'x'."),
        ({"sound": "no"}, "sound must be True or False, not 'no'."),
        ({"pages": 3}, 'pages must be a text like "1-3,7,10-", not 3.'),
        ({"between": 3}, 'between must be a text like "0:10-0:20", not 3.'),
    ],
)
def test_an_option_of_another_type_is_told_what_it_must_be(wrong: Any, said: str) -> None:
    with assistant(EchoEngine()) as talking, pytest.raises(UsageError) as error:
        talking.ask("hi", **wrong)
    assert error.value.happened == said


def test_a_text_to_stop_at_is_one_text_and_not_its_letters() -> None:
    engine = EchoEngine()
    with assistant(engine) as talking:
        talking.ask("hi", stop="world")
    assert engine.options[0].stop == ("world",)


@pytest.mark.parametrize("name", sorted(Asked.__annotations__))
def test_none_is_as_good_as_left_out(name: str) -> None:
    engine = EchoEngine()
    with assistant(engine) as talking:
        talking.ask("hi")
        talking.ask("hi", **{name: None})
    first, second = engine.options
    assert first == second


@pytest.mark.parametrize("prompt", [None, 5, b"hi"])
def test_a_prompt_is_a_text(prompt: Any) -> None:
    with assistant(EchoEngine()) as talking, pytest.raises(UsageError, match="is a text"):
        talking.ask(prompt)


def test_a_folder_stands_for_its_pictures_and_a_pattern_for_its_files(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    for name in ("scans/page-10.png", "scans/page-2.png", "scans/notes.txt", "a.wav", "b.wav"):
        (tmp_path / name).write_bytes(b"x")
    engine = EchoEngine()
    with assistant(engine) as talking:
        talking.ask("what?", "scans", "*.wav")
    assert [media.name for media in engine.asked[0][0].media] == [
        *("page-2.png", "page-10.png", "a.wav", "b.wav")
    ]


def test_a_picture_is_shown_as_often_as_it_is_named(tmp_path: Path) -> None:
    for name in ("red.png", "blue.png"):
        (tmp_path / name).write_bytes(b"x")
    engine = EchoEngine()
    with assistant(engine) as talking:
        talking.ask("what?", "red.png", "blue.png", "red.png")
    assert [media.name for media in engine.asked[0][0].media] == ["red.png", "blue.png", "red.png"]


def test_what_two_patterns_match_is_shown_once(tmp_path: Path) -> None:
    for name in ("red.png", "blue.png"):
        (tmp_path / name).write_bytes(b"x")
    engine = EchoEngine()
    with assistant(engine) as talking:
        talking.ask("what?", "r*.png", "*.png")
    assert [media.name for media in engine.asked[0][0].media] == ["red.png", "blue.png"]


def test_frames_are_chosen_as_asked(tmp_path: Path) -> None:
    (tmp_path / "c.mp4").write_bytes(b"x")
    wanted: list[FrameRequest] = []

    class Watched(PaintedEyes):
        def frames(self, path: Path, request: FrameRequest) -> Iterator[Frame]:
            wanted.append(request)
            return super().frames(path, request)

    with Assistant(factories=factories(EchoEngine(), Watched())) as talking:
        talking.ask("what?", "c.mp4", frames=2, choose="scenes", between="0:01-")
    (request,) = wanted
    assert (request.frames, request.choice, request.span.start) == (2, "scenes", 1.0)


def test_pixels_beyond_the_limit_of_files_are_refused() -> None:
    huge = np.broadcast_to(np.zeros(3, np.uint8), (9000, 9000, 3))
    with assistant(EchoEngine()) as talking, pytest.raises(MediaError, match="64 megapixels"):
        talking.ask("what?", huge)


@pytest.mark.parametrize("shown", [None, 5, [[1], [1, 2]]])
def test_what_is_no_picture_is_refused(shown: Any) -> None:
    with assistant(EchoEngine()) as talking, pytest.raises(MediaError):
        talking.ask("what?", shown)


def test_the_bytes_of_a_file_are_answered_with_how_a_picture_is_shown() -> None:
    with assistant(EchoEngine()) as talking, pytest.raises(MediaError) as error:
        talking.ask("what?", b"\x89PNG...")
    assert "path" in error.value.remedy


def test_two_answers_at_once_are_refused_and_nothing_is_lost() -> None:
    with assistant(EchoEngine()) as talking:
        first = talking.stream("one two")
        next(first)
        with pytest.raises(UsageError, match="still being given"):
            talking.ask("three")
        assert list(first) == [" two"]
        assert [message.text for message in talking.history] == ["one two", "one two"]


def test_a_closed_assistant_says_so() -> None:
    talking = assistant(EchoEngine())
    talking.close()
    with pytest.raises(UsageError, match="was closed"):
        talking.ask("hi")


def test_detail_decides_how_large_pages_are_drawn(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"x")
    seen: list[Fit] = []

    class Watched(PaintedEyes):
        def pages(self, path, wanted="", *, fit=LEGIBLE, pictures=True):
            seen.append(fit)
            yield from super().pages(path, wanted, fit=fit, pictures=pictures)

    made = factories(EchoEngine(), Watched())
    with Assistant(factories=made, detail="high") as talking:
        talking.ask("what?", "a.pdf")
    assert seen[0].pixels > LEGIBLE.pixels


def test_an_answer_with_a_schema_is_data() -> None:
    with assistant(saying('{"city": "Oslo"}')) as talking:
        assert talking.ask("a city?", schema=CITY).data == {"city": "Oslo"}


def test_a_class_with_a_schema_of_its_own_is_one() -> None:
    class City:
        @staticmethod
        def model_json_schema() -> dict[str, Any]:
            return CITY

    engine = saying('{"city": "Oslo"}')
    with assistant(engine) as talking:
        talking.ask("a city?", schema=City)
    assert engine.options[0].schema == CITY


def test_an_answer_that_was_cut_is_no_data() -> None:
    with assistant(saying('{"city": "Os', "length")) as talking, pytest.raises(IncompleteAnswer):
        talking.ask("a city?", schema=CITY)


def test_what_the_validators_of_a_class_refuse_is_an_error() -> None:
    class City:
        @staticmethod
        def model_json_schema() -> dict[str, Any]:
            return dict(CITY)

        @staticmethod
        def model_validate_json(text: str) -> None:
            raise ValueError("no such city")

    with (
        assistant(saying('{"city": "Oslo"}')) as talking,
        pytest.raises(EngineError, match="no such city"),
    ):
        talking.ask("a city?", schema=City)


def test_an_answer_that_was_refused_does_not_shape_the_next() -> None:
    done = Finished(Receipt())
    said = ([TextDelta('{"town": 3}'), done], [TextDelta('{"city": "Oslo"}'), done])
    engine = ScriptedEngine(script=list(said))
    with assistant(engine) as talking:
        with pytest.raises(UnfitAnswer):
            talking.ask("a city?", schema=CITY)
        talking.ask("a city, please", schema=CITY)
    assert [message.text for message in engine.asked[1]] == ["a city, please"]


def test_an_answer_beside_the_schema_is_an_error() -> None:
    with assistant(saying('{"town": 3}')) as talking, pytest.raises(EngineError, match="city"):
        talking.ask("a city?", schema=CITY)


def test_a_stream_with_a_schema_is_one_piece_that_fits() -> None:
    engine = ScriptedEngine(
        script=[[TextDelta('{"city":'), TextDelta(' "Oslo"}'), Finished(Receipt())]]
    )
    with assistant(engine) as talking:
        assert list(talking.stream("a city?", schema=CITY)) == ['{"city": "Oslo"}']


def test_nothing_else_is_promised() -> None:
    assert edgeomni.__all__ == ["Assistant", "__version__"]
    with pytest.raises(AttributeError):
        _ = edgeomni.Sea
