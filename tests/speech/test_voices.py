"""Which voice speaks, and what happens when it cannot."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import numpy as np
import pytest

from edgeomni.errors import AbilityMissing, EngineError, ModelError, UsageError
from edgeomni.speech.devices.sound_io import SPOKEN_RATE, Samples
from edgeomni.speech.voices import choice as voices
from edgeomni.speech.voices import hibari_voice, system_voice
from edgeomni.speech.voices.choice import check, checked, opened, speaks_english
from edgeomni.speech.voices.system_voice import Program, SystemVoice, on_macos, program
from tests.speech.sounds import tone, write_wav


class Hum:
    """A voice that hums for as long as it is told to."""

    def __init__(self, seconds: float = 1.0, rate: int = SPOKEN_RATE) -> None:
        self.rate = rate
        self._seconds = seconds

    def speak(self, text: str, speed: float) -> Samples:
        return tone(self._seconds / speed, self.rate)


def test_the_usual_voice_needs_no_name() -> None:
    for name in ("", *(card.name for card in voices.VOICES)):
        check(name)


def test_only_english_voices_are_given_english_words() -> None:
    english = ("", "heart", "system", "system:en-gb", "bf_emma", "/x/af_heart")
    assert all(map(speaks_english, english))
    assert not any(map(speaks_english, ("ef_dora", "/x/ff_siwis", "system:es", "system:pt-br")))


@pytest.mark.parametrize("name", ["system:es", "system:pt-br", "system:cmn"])
def test_the_machines_voice_may_be_asked_to_speak_a_language(name: str) -> None:
    check(name)


@pytest.mark.parametrize("name", ["system:", "system:ES", "system:e'; rm", "system:es -f x"])
def test_what_is_no_code_of_a_language_reaches_no_program(name: str) -> None:
    with pytest.raises(UsageError, match="no voice"):
        check(name)


@pytest.mark.parametrize("name", ["emma", "nobody", "af_hart", "HEART", "x\0/af_heart"])
def test_only_voices_that_are_here_can_be_chosen(name: str) -> None:
    with pytest.raises(UsageError, match="no voice") as raised:
        check(name)
    assert "heart" in raised.value.remedy


def test_a_voice_that_would_be_fetched_is_refused_with_the_reason() -> None:
    with pytest.raises(UsageError, match="would have to be fetched"):
        check("emma")


@pytest.mark.parametrize("speed", [0.49, 2.01, float("nan"), float("inf"), -1.0])
def test_speeds_nobody_understands_are_refused(speed: float) -> None:
    with pytest.raises(UsageError, match="rate"):
        check("", speed)


def test_a_clause_is_said_at_the_rate_of_loudspeakers() -> None:
    sound = checked(Hum(rate=16_000), 1.0)("Hello,")
    assert len(sound) == pytest.approx(1.14 * SPOKEN_RATE, rel=0.05)
    assert sound.dtype == np.float32


def test_a_voice_that_drones_is_an_error_that_names_the_clause() -> None:
    with pytest.raises(EngineError, match='"ok" could not be spoken: 60 s'):
        checked(Hum(60), 1.0)("ok")


# ── substitutes ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def no_hibari(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hibari", None)


@pytest.mark.usefixtures("no_hibari")
def test_the_machines_voice_stands_in_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voices, "_system", lambda language, tell: Hum())
    told: list[str] = []
    assert isinstance(opened("", told.append), Hum)
    (line,) = told
    assert "heart cannot be loaded" in line
    assert "this machine speaks instead" in line


@pytest.mark.usefixtures("no_hibari")
def test_a_voice_that_was_asked_for_has_no_substitute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voices, "_system", lambda language, tell: Hum())
    with pytest.raises(ModelError, match="heart"):
        opened("heart", print)


@pytest.mark.usefixtures("no_hibari")
def test_without_any_voice_the_reason_is_the_usual_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_voice, "program", lambda: None)
    with pytest.raises(ModelError, match="heart cannot be loaded"):
        opened("", print)
    with pytest.raises(AbilityMissing, match="no voice of its own"):
        opened("system", print)


# ── the voice that comes along ───────────────────────────────────────────────────────────────────


def test_a_damaged_voice_is_refused_before_it_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hibari.voices import voice_path

    raw = bytearray(Path(voice_path("heart", download_missing=False)).read_bytes())
    raw[len(raw) // 2] ^= 1
    damaged = tmp_path / "heart.onnx"
    damaged.write_bytes(raw)
    monkeypatch.setattr("hibari.voices.voice_path", lambda name, download_missing: str(damaged))
    with pytest.raises(ModelError, match="its file is damaged"):
        hibari_voice.HibariVoice()


def test_nothing_is_fetched_where_the_voice_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    from hibari.voices import VOICES

    monkeypatch.setattr(socket, "socket", None)
    monkeypatch.setitem(VOICES["heart"], "bundled", False)
    monkeypatch.setenv("HIBARI_HOME", "/nowhere")
    with pytest.raises(ModelError, match="cannot be loaded"):
        hibari_voice.HibariVoice()


@pytest.mark.slow
def test_the_same_text_gives_the_same_sound_and_speed_its_length() -> None:
    voice = hibari_voice.HibariVoice()
    once, again, fast = (voice.speak("It is low tide.", speed) for speed in (1.0, 1.0, 2.0))
    assert once.tobytes() == again.tobytes()
    assert len(fast) == pytest.approx(len(once) / 2, rel=0.1)


# ── the machine's own ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["espeak", "macos", "windows"])
def test_the_text_is_never_part_of_a_command(kind: str) -> None:
    command = Program("speaker", kind).command(Path("/tmp/a'b.wav"), 1.5)
    assert command[0] == "speaker"
    assert "255" in command or "$voice.Rate = 4" in command[-1]
    assert ("a''b" in command[-1]) == (kind == "windows")


@pytest.mark.parametrize("kind", ["espeak", "macos", "windows"])
def test_a_voice_is_chosen_only_where_a_language_is_known(kind: str) -> None:
    file = Path("a.wav")
    known, unknown = (Program("speaker", kind).command(file, 1.0, voice) for voice in ("es", ""))
    if kind == "windows":
        assert "-match '^es(-|$)' } |" in known[-1]
        assert "SelectVoice" not in unknown[-1]
    else:
        assert known[known.index("-v") + 1] == "es"
        assert "-v" not in unknown


MACOS = """\
Albert              en_US    # Hello! My name is Albert.
Daniel              en_GB    # Hello! My name is Daniel.
Eddy (Spanish (Spain)) es_ES    # ¡Hola! Me llamo Eddy.
Grandma (Spanish (Mexico)) es_MX    # ¡Hola! Me llamo Grandma.
Mónica              es_ES    # ¡Hola! Me llamo Mónica.
Flo (Italian (Italy)) it_IT    # Ciao! Mi chiamo Flo.
Samantha            en_US    # Hello! My name is Samantha.
"""


@pytest.mark.parametrize(
    ("language", "voice"),
    [
        ("es", "Mónica"),
        ("es-mx", "Grandma (Spanish (Mexico))"),
        ("it", "Flo (Italian (Italy))"),
        ("en", "Samantha"),
        ("en-gb", "Daniel"),
        ("e", ""),
        ("fi", ""),
    ],
)
def test_of_the_voices_of_macos_the_best_of_the_language_is_taken(
    language: str, voice: str
) -> None:
    assert on_macos(MACOS, language) == voice


@pytest.mark.skipif(program() is None, reason="this machine has no voice")
def test_a_language_changes_how_this_machine_reads() -> None:
    told: list[str] = []
    english, spanish = (SystemVoice(None, code, told.append) for code in ("en", "es"))
    words = "Hay queso y jamón."
    assert english.speak(words, 1.0).tobytes() != spanish.speak(words, 1.0).tobytes()
    assert told == []


def script(folder: Path, body: str) -> Program:
    """A program that stands for espeak."""
    path = folder / "speaker"
    path.write_text(f"#!{sys.executable}\n{body}\n")
    path.chmod(0o755)
    return Program(str(path), "espeak")


@pytest.mark.skipif(sys.platform == "win32", reason="scripts start otherwise")
class TestWithAScript:
    def test_a_wav_that_lies_about_its_length_is_read_to_its_end(self, tmp_path: Path) -> None:
        wav = write_wav(tmp_path / "a.wav", tone(1.0, 22_050), 22_050, claimed=2**31)
        copy = f"import sys; sys.stdout.buffer.write(open({str(wav)!r}, 'rb').read())"
        sound = SystemVoice(script(tmp_path, copy)).speak("Hello", 1.0)
        assert len(sound) == pytest.approx(SPOKEN_RATE, abs=10)

    @pytest.mark.parametrize("body", ["raise SystemExit(1)", "print('no sound')", "pass"])
    def test_a_program_that_fails_is_one_clear_error(self, tmp_path: Path, body: str) -> None:
        with pytest.raises(EngineError, match="voice of this machine failed"):
            SystemVoice(script(tmp_path, body)).speak("Hello", 1.0)

    def test_a_program_that_is_gone_is_one_clear_error(self, tmp_path: Path) -> None:
        with pytest.raises(EngineError, match="voice of this machine failed"):
            SystemVoice(Program(str(tmp_path / "nothing"), "espeak")).speak("Hello", 1.0)

    def test_a_language_without_a_voice_is_told_and_read_by_the_usual_one(
        self, tmp_path: Path
    ) -> None:
        wav = write_wav(tmp_path / "a.wav", tone(1.0, 22_050), 22_050)
        body = f"""
import sys
if "--voices=tlh" in sys.argv: sys.exit(print("Pty Language VoiceName"))
assert "-v" not in sys.argv
sys.stdout.buffer.write(open({str(wav)!r}, 'rb').read())
"""
        told: list[str] = []
        voice = SystemVoice(script(tmp_path, body), "tlh", told.append)
        assert len(voice.speak("nuqneH", 1.0)) == pytest.approx(SPOKEN_RATE, abs=10)
        assert told == ["This machine has no voice for 'tlh': its usual one reads."]
