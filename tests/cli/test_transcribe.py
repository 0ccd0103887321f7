"""edgeomni transcribe as a user types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeomni.cli.main import main
from edgeomni.errors import MediaError, ModelError
from edgeomni.values import WHOLE, AudioClip, Segment, Span
from tests.cli.conftest import Cli
from tests.fakes import EchoEngine, PaintedEyes, ScriptedEars, factories
from tests.speech.sounds import sweep, write_wav

SAID = (Segment(0.5, 2.25, "Good morning."), Segment(3661.0, 3662.5, "Is 1 < 2 & so on?"))


class Player(PaintedEyes):
    """A second of sound for every file whose name does not begin with bad."""

    def audio(self, path: Path, rate: int, span: Span = WHOLE) -> AudioClip:
        if path.name.startswith("bad") or span.start:
            raise MediaError(f"{path.name} holds no sound.")
        return AudioClip(bytes(4 * rate), rate, path.name)


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    for name in ("a.wav", "b.wav", "bad.wav"):
        (tmp_path / name).write_bytes(b"x")


@pytest.fixture
def ears() -> ScriptedEars:
    return ScriptedEars(SAID)


@pytest.fixture
def transcribe(cli: Cli, ears: ScriptedEars):  # type: ignore[no-untyped-def]
    def call(*words: str):  # type: ignore[no-untyped-def]
        return cli("transcribe", *words, engine=EchoEngine(), eyes=Player(), ears=ears)

    return call


def test_each_segment_is_a_line_with_its_time(transcribe) -> None:
    result = transcribe("a.wav")
    assert result.out == "[0:00] Good morning.\n[1:01:01] Is 1 < 2 & so on?\n"
    assert result.code == 0


def test_a_file_that_is_cut_short_is_told_once(transcribe, tmp_path: Path) -> None:
    whole = sweep(4.0, 16_000)
    write_wav(tmp_path / "a.wav", whole, 16_000, claimed=10 * 32_000)
    result = transcribe("a.wav")
    assert result.out.startswith("[0:00] Good morning.")
    told = "a.wav is cut short: it tells of 10.0 s of sound, and holds the first 4.0."
    assert result.err.count(told) == 1


def test_json_is_one_object_a_segment(transcribe) -> None:
    assert transcribe("a.wav", "--json").objects[0] == {
        "file": "a.wav",
        "start": 0.5,
        "end": 2.25,
        "text": "Good morning.",
    }


def test_subrip(transcribe) -> None:
    assert transcribe("a.wav", "--srt").out == (
        "1\n00:00:00,500 --> 00:00:02,250\nGood morning.\n\n"
        "2\n01:01:01,000 --> 01:01:02,500\nIs 1 < 2 & so on?\n\n"
    )


def test_webvtt(transcribe) -> None:
    assert transcribe("a.wav", "--vtt").out == (
        "WEBVTT\n\n"
        "00:00:00.500 --> 00:00:02.250\nGood morning.\n\n"
        "01:01:01.000 --> 01:01:02.500\nIs 1 &lt; 2 &amp; so on?\n\n"
    )


def test_several_files_are_told_apart(transcribe) -> None:
    lines = transcribe("a.wav", "b.wav").out.splitlines()
    assert (lines[0], lines[3]) == ("a.wav:", "b.wav:")


def test_of_a_folder_films_are_heard_too(transcribe, tmp_path: Path) -> None:
    (tmp_path / "heard").mkdir()
    for name in ("1.wav", "2.mp4"):
        (tmp_path / "heard" / name).write_bytes(b"x")
    files = [line["file"] for line in transcribe("heard", "--json").objects]
    assert [Path(file).name for file in dict.fromkeys(files)] == ["1.wav", "2.mp4"]


def test_subtitles_are_of_one_file(transcribe) -> None:
    result = transcribe("a.wav", "b.wav", "--srt")
    assert (result.code, result.out) == (2, "")


def test_where_nobody_speaks_nothing_is_written_and_that_is_said(cli: Cli) -> None:
    result = cli("transcribe", "a.wav", engine=EchoEngine(), eyes=Player(), ears=ScriptedEars())
    assert (result.code, result.out) == (0, "")
    assert "Nobody was heard speaking in a.wav" in result.err


def test_a_bad_file_among_others_does_not_end_them(transcribe) -> None:
    result = transcribe("a.wav", "bad.wav", "b.wav", "--json")
    assert [found["file"] for found in result.objects] == ["a.wav", "a.wav", "b.wav", "b.wav"]
    assert result.code == 3
    assert "bad.wav holds no sound" in result.err


def test_a_bad_file_alone_is_the_error(transcribe) -> None:
    assert transcribe("bad.wav").code == 3


def test_what_was_said_before_an_error_stays(cli: Cli) -> None:
    broken = ScriptedEars([SAID[0], ModelError("The model broke.")])
    result = cli("transcribe", "a.wav", engine=EchoEngine(), eyes=Player(), ears=broken)
    assert (result.code, result.out) == (4, "[0:00] Good morning.\n")


def test_what_was_said_before_ctrl_c_stays(capsys: pytest.CaptureFixture[str]) -> None:
    class Interrupted(ScriptedEars):
        def transcribe(self, *args, **more):  # type: ignore[no-untyped-def]
            yield SAID[0]
            raise KeyboardInterrupt

    makers = factories(EchoEngine(), Player(), Interrupted(SAID))
    assert main(["transcribe", "a.wav"], factories=makers) == 130
    assert capsys.readouterr().out == "[0:00] Good morning.\n"


def test_model_and_language_are_passed_on(transcribe, ears: ScriptedEars) -> None:
    transcribe("a.wav", "--model", "base", "--language", "DE")
    assert (ears.model, ears.languages) == ("base", ["de"])


def test_another_language_needs_other_ears_than_the_usual(transcribe) -> None:
    result = transcribe("a.wav", "--language", "es")
    assert (result.code, result.out) == (4, "")
    assert "`edgeomni pull base`" in result.err


@pytest.mark.parametrize("name", ["nano", "huge"])
def test_only_models_of_speech_can_be_chosen(transcribe, name: str) -> None:
    result = transcribe("a.wav", "--model", name)
    assert result.code == 2
    assert "tiny.en, base" in result.err


def test_a_model_of_speech_cannot_answer(cli: Cli) -> None:
    result = cli("ask", "-m", "tiny.en", "Hello?")
    assert result.code == 2
    assert "cannot answer" in result.err


def test_a_file_that_is_not_there(transcribe) -> None:
    assert transcribe("nothing.wav").code == 3
