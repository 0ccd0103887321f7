"""edgeomni say as a user types it."""

from __future__ import annotations

import io
import os
import wave
from pathlib import Path

import pytest

from edgeomni import casting
from edgeomni.build import Factories
from edgeomni.cli import say as verb
from edgeomni.cli.main import main
from edgeomni.errors import DeviceError, EngineError
from tests.cli.conftest import Cli
from tests.cli.program import program
from tests.fakes import HummingMouth
from tests.speech import kokoro_model

TWO = "Hello there. And bye."


@pytest.fixture
def mouth() -> HummingMouth:
    return HummingMouth()


@pytest.fixture
def say(cli: Cli, mouth: HummingMouth):  # type: ignore[no-untyped-def]
    def call(*words: str, stdin: bytes = b""):  # type: ignore[no-untyped-def]
        makers = Factories(mouth=lambda tell, speaker="": mouth)
        return cli("say", *words, stdin=stdin, factories=makers)

    return call


def test_words_are_said_on_the_loudspeaker(say, mouth: HummingMouth) -> None:
    result = say("Hello", "there.")
    assert (result.code, result.out) == (0, "")
    assert mouth.asked == [("Hello there.", "", 1.0)]
    assert mouth.closed


def test_without_words_standard_input_is_said(say, mouth: HummingMouth) -> None:
    assert say(stdin="Grüße\n".encode()).code == 0
    assert mouth.asked[0][0] == "Grüße"


def test_voice_and_rate_are_passed_on(say, mouth: HummingMouth) -> None:
    say("Hi", "--voice", "system", "--rate", "1.5")
    assert mouth.asked == [("Hi", "system", 1.5)]


def test_the_voice_of_this_machine_is_told_the_language(say, mouth: HummingMouth) -> None:
    say("Hola.", "--voice", "system", "--language", "ES")
    assert mouth.asked == [("Hola.", "system:es", 1.0)]


def test_o_writes_a_wav_of_16_bits(say, tmp_path: Path) -> None:
    result = say(TWO, "-o", "out.wav")
    assert (result.code, result.out) == (0, "")
    assert "1.0 s of speech" in result.err
    with wave.open(str(tmp_path / "out.wav")) as file:
        assert file.getparams()[:4] == (1, 2, 24_000, 24_000)
        assert file.readframes(1) == (8192).to_bytes(2, "little")
    assert sorted(os.listdir(tmp_path)) == ["out.wav"]


def test_o_dash_writes_the_wav_to_standard_output(
    mouth: HummingMouth, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["say", TWO, "-o", "-"], factories=Factories(mouth=lambda tell, _="": mouth)) == 0
    with wave.open(io.BytesIO(capsysbinary.readouterr().out)) as file:
        assert file.getnframes() == 24_000


def test_json_is_one_object_a_clause(say) -> None:
    assert say(TWO, "--json", "-o", "out.wav").objects == [
        {"file": "out.wav", "start": 0.0, "end": 0.5, "text": "Hello there"},
        {"file": "out.wav", "start": 0.5, "end": 1.0, "text": "And bye."},
    ]
    assert say("Hi.", "--json").objects == [
        {"file": None, "start": 0.0, "end": 0.5, "text": "Hi."},
    ]


def test_a_file_is_whole_or_stays_as_it_was(say, mouth: HummingMouth, tmp_path: Path) -> None:
    (tmp_path / "out.wav").write_bytes(b"before")
    mouth.error = EngineError("The voice broke.")
    result = say(TWO, "-o", "out.wav")
    assert result.code == 6
    assert "The voice broke." in result.err
    assert (tmp_path / "out.wav").read_bytes() == b"before"
    assert mouth.closed


@pytest.mark.parametrize(
    ("output", "code", "why"),
    [
        ("notes.txt", 2, "is no WAV file"),
        ("folder.wav", 2, "is a folder"),
        ("nowhere/out.wav", 3, "there is no folder nowhere"),
        ("a\0b.wav", 3, "could not be written"),
    ],
)
def test_strange_outputs_are_refused_before_anything_is_said(  # type: ignore[no-untyped-def]
    say, mouth: HummingMouth, tmp_path: Path, output: str, code: int, why: str
) -> None:
    (tmp_path / "folder.wav").mkdir()
    result = say("Hi", "-o", output)
    assert (result.code, result.out) == (code, "")
    assert why in result.err
    assert not mouth.asked


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="there is no such device")
def test_a_device_is_written_to_whatever_its_name(say) -> None:  # type: ignore[no-untyped-def]
    assert say("Hi", "-o", "/dev/null").code == 0
    assert not os.path.isfile("/dev/null")


@pytest.mark.parametrize(
    "words",
    [
        ["Hi", "--voice", "emma"],
        ["Hi", "--voice", "af_hart"],
        ["Hi", "--rate", "3"],
        ["Hi", "--rate", "fast"],
        ["Hi", "--rate", "nan"],
        ["Hi", "-o", "-", "--json"],
        ["Hi", "-o", "a.wav", "--speaker", "x"],
        [" "],
        [],
    ],
    ids=" ".join,
)
def test_wrong_wishes_are_told_before_anything_is_said(say, mouth, words: list[str]) -> None:  # type: ignore[no-untyped-def]
    result = say(*words)
    assert result.code == 2
    assert not mouth.asked


def test_a_text_of_hours_is_refused(say) -> None:
    result = say(stdin=b"word " * (verb.MAX_CHARACTERS // 5 + 1))
    assert result.code == 3
    assert "at a time" in result.err


def test_what_has_no_words_is_told_and_leaves_no_file(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Mute(HummingMouth):
        def say(self, *args, **more):  # type: ignore[no-untyped-def]
            yield from ()

    makers = Factories(mouth=lambda tell, speaker="": Mute())
    result = cli("say", "🎉", "-o", "out.wav", factories=makers)
    assert result.code == 3
    assert "nothing in it that could be spoken" in result.err
    assert not (tmp_path / "out.wav").exists()


def test_a_missing_loudspeaker_is_the_error(say, mouth: HummingMouth) -> None:
    mouth.error = DeviceError("There is no loudspeaker.")
    assert say("Hi").code == 6


def test_the_loudspeaker_that_is_named_is_used(cli: Cli) -> None:
    asked: list[str] = []

    def make(tell: object, speaker: str = "", /) -> HummingMouth:
        asked.append(speaker)
        return HummingMouth()

    cli("say", "Hi", "--speaker", "USB", factories=Factories(mouth=make))
    assert asked == ["USB"]


def test_what_the_mouth_tells_is_shown_without_its_escapes(cli: Cli) -> None:
    def make(tell, speaker="", /):  # type: ignore[no-untyped-def]
        tell("\x1b[2J left out")
        return HummingMouth()

    result = cli("say", "Hi", factories=Factories(mouth=make))
    assert "left out" in result.err
    assert "\x1b" not in result.err


def test_list_names_the_voices_and_what_they_cost(say) -> None:
    text = say("--list").out
    assert "heart" in text
    assert "220 MB of memory" in text


def test_list_shows_kokoros_voices_by_language_and_how_to_get_them(say) -> None:
    text = " ".join(say("--list").out.split())
    assert "Spanish ef_dora, em_alex, em_santa" in text
    assert "Japanese *" in text
    assert "GPL-3.0" in text
    assert "edgeomni pull kokoro" in text


def test_list_as_json_says_which_voices_speak_what(say) -> None:
    found = {row["name"]: row for row in say("--list", "--json").objects}
    assert list(found)[:3] == ["heart", "system", "af_heart"]
    assert len(found) == 56
    assert (found["ef_dora"]["language"], found["ef_dora"]["ready"]) == ("es", False)
    assert "words come out wrong" in found["zf_xiaobei"]["what"]


def test_list_shows_the_voices_of_a_folder(say, tmp_path: Path) -> None:
    folder = kokoro_model.folder(tmp_path / "mine", {"if_anna": 220})
    result = say("--list", "--voice", str(folder))
    assert "if_anna" in result.out
    assert "kokoro-v1.0.onnx" in result.out
    assert "heart" not in result.out


def test_list_with_the_name_of_a_voice_shows_them_all(say) -> None:
    assert say("--list", "--voice", "af_heart").out == say("--list").out


def test_list_of_a_folder_without_voices_is_one_clear_error(say, tmp_path: Path) -> None:
    result = say("--list", "--voice", str(tmp_path))
    assert (result.code, result.out) == (4, "")
    assert "There is no Kokoro in" in result.err


def test_a_voice_that_is_not_here_is_told_before_a_worker_starts(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(casting, "installed", lambda: True)
    result = cli("say", "Hola.", "--voice", "ef_dora", factories=Factories())
    assert result.code == 4
    assert "`edgeomni pull kokoro`" in result.err


@pytest.mark.slow
@pytest.mark.models
def test_what_is_said_can_be_transcribed(tmp_path: Path) -> None:
    """The whole way, with nothing but programs: text, sound, text."""
    text = "# Weather\n\nIt will be **sunny** tomorrow, with a light wind from the west."
    said = program("say", text, "-o", "a.wav", folder=tmp_path)
    assert (said.returncode, said.stdout) == (0, "")
    models = {"EDGEOMNI_OFFLINE": "", "EDGEOMNI_HOME": os.environ.get("EDGEOMNI_HOME", "")}
    heard = program("transcribe", "a.wav", folder=tmp_path, **models)
    words = heard.stdout.replace(",", "").lower()
    assert "it will be sunny tomorrow with a light wind from the west" in words
