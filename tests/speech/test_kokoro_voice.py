"""The real kokoro-onnx with its real phonemes, and a model that hums instead of Kokoro's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeomni.errors import EngineError, ModelError, UsageError
from edgeomni.speech.devices.sound_io import Samples
from edgeomni.speech.mouth import MouthWorker
from edgeomni.speech.voices.choice import checked, opened
from tests.speech import kokoro_model
from tests.speech.kokoro_model import DORA, HEART, RATE, TOKEN

pytest.importorskip(
    "kokoro_onnx", reason="kokoro-onnx is not installed; scripts/test brings it before Python 3.14"
)

from edgeomni.speech.voices.kokoro_voice import KokoroVoice


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    voices = {"af_heart": HEART, "ef_dora": DORA, "ff_siwis": 260, "hf_alpha": 280, "jf_alpha": 300}
    return kokoro_model.folder(tmp_path_factory.mktemp("kokoro"), voices)


@pytest.fixture(scope="module")
def heart(weights: Path) -> KokoroVoice:
    return KokoroVoice(weights, "af_heart", print)


def hertz(sound: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(sound))
    return float(np.argmax(spectrum) * RATE / len(sound))


def tokens(sound: Samples) -> int:
    """How many were spoken, with one of silence before and one behind each batch."""
    return round(len(sound) / TOKEN)


def phonemes(text: str, espeak: str) -> str:
    from kokoro_onnx.tokenizer import Tokenizer

    said: str = Tokenizer().phonemize(text, espeak)
    return said


def test_each_voice_has_its_own_sound(weights: Path, heart: KokoroVoice) -> None:
    dora = KokoroVoice(weights, "ef_dora", print)
    assert hertz(heart.speak("Good morning.", 1.0)) == pytest.approx(HEART, abs=2)
    assert hertz(dora.speak("Buenos días.", 1.0)) == pytest.approx(DORA, abs=2)


@pytest.mark.parametrize(
    ("voice", "espeak", "text"),
    [
        ("af_heart", "en-us", "I put water in the schedule, at 9:30."),
        ("ef_dora", "es", "La reunión empieza mañana a las 9."),
        ("ff_siwis", "fr-fr", "Les enfants mangent des pommes."),
        ("hf_alpha", "hi", "बैठक कल सुबह शुरू होगी।"),
    ],
)
def test_words_become_the_phonemes_of_the_voices_language(
    weights: Path, voice: str, espeak: str, text: str
) -> None:
    said = KokoroVoice(weights, voice, print).speak(text, 1.0)
    assert tokens(said) == len(phonemes(text, espeak)) + 2
    assert len(phonemes(text, espeak)) != len(phonemes(text, "it"))


def test_marks_of_foreign_words_are_not_read_aloud(weights: Path) -> None:
    text = "Bon week-end à New York."
    marked = phonemes(text, "fr-fr")
    assert "(en)" in marked
    said = KokoroVoice(weights, "ff_siwis", print).speak(text, 1.0)
    assert tokens(said) == len(marked.replace("(en)", "").replace("(fr)", "")) + 2


def test_twice_as_fast_takes_half_the_time(heart: KokoroVoice) -> None:
    usual, fast = (heart.speak("It is low tide.", speed) for speed in (1.0, 2.0))
    assert len(fast) == pytest.approx(len(usual) / 2, abs=TOKEN)


def test_what_is_longer_than_the_model_can_take_is_said_to_its_end(heart: KokoroVoice) -> None:
    text = "water and wine " * 100
    count = len(phonemes(text, "en-us"))
    assert count > 2 * 510
    assert tokens(heart.speak(text, 1.0)) == pytest.approx(count + 2 * 3, abs=6)


def test_a_text_without_a_sound_is_told_like_that_of_any_voice(heart: KokoroVoice) -> None:
    with pytest.raises(EngineError, match="nothing came"):
        checked(heart, 1.0)(" ")


def test_a_language_with_other_phonemes_is_told(weights: Path) -> None:
    told: list[str] = []
    opened(f"{weights}/jf_alpha", told.append)
    (line,) = told
    assert "jf_alpha will say many words wrong" in line
    assert "Japanese" in line


def test_a_voice_that_is_not_there_is_told(weights: Path) -> None:
    with pytest.raises(UsageError, match="no voice af_hart"):
        KokoroVoice(weights, "af_hart", print)


# ── weights that cannot be used ──────────────────────────────────────────────────────────────────


def test_a_file_that_is_no_model_is_one_clear_error(tmp_path: Path) -> None:
    (kokoro_model.folder(tmp_path) / "kokoro-v1.0.onnx").write_bytes(b"<html>not found</html>")
    with pytest.raises(ModelError, match=r"cannot speak with kokoro-v1\.0\.onnx") as raised:
        KokoroVoice(tmp_path, "af_heart", print)
    assert "\n" not in raised.value.happened
    assert "edgeomni pull kokoro" in raised.value.remedy


def test_a_model_for_something_else_is_told_by_its_inputs(tmp_path: Path) -> None:
    kokoro_model.folder(tmp_path, styles="picture")
    with pytest.raises(ModelError, match="it takes picture, speed, tokens, as no Kokoro does"):
        KokoroVoice(tmp_path, "af_heart", print)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ({"loudness": 0.0}, "silence"),
        ({"loudness": float("nan")}, "nothing came"),
        ({"stuck": 60 * RATE}, "6. s of sound came for 6 characters"),
    ],
    ids=["mute", "no numbers", "drones"],
)
def test_a_model_that_makes_no_speech_is_refused_when_it_is_loaded(
    tmp_path: Path, model: dict[str, float], why: str
) -> None:
    kokoro_model.folder(tmp_path, **model)
    with pytest.raises(ModelError, match=why):
        KokoroVoice(tmp_path, "af_heart", print)


# ── in the worker ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_it_speaks_clause_by_clause_in_the_worker(mouth: MouthWorker, weights: Path) -> None:
    clips = list(mouth.say("# Notas\n\nHay **pan**. Cuesta 5 €.", voice=f"{weights}/ef_dora"))
    assert [clip.name for clip in clips] == ["Notas.", "Hay pan.", "Cuesta 5 €."]
    for clip in clips:
        assert hertz(np.frombuffer(clip.samples, np.float32)) == pytest.approx(DORA, abs=4)


@pytest.mark.slow
def test_a_damaged_model_ends_no_worker(mouth: MouthWorker, tmp_path: Path, weights: Path) -> None:
    broken = kokoro_model.folder(tmp_path / "broken")
    (broken / "kokoro-v1.0.onnx").write_bytes(b"\x08\x08")
    with pytest.raises(ModelError):
        mouth.warm(f"{broken}/af_heart")
    assert len(list(mouth.say("Good morning.", voice=f"{weights}/af_heart"))) == 1
