"""The ears as the parent has them: a real worker, real detection, real words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soxr
from hibari import Hibari

from edgeomni.errors import AbilityMissing, InputError, ModelError, WorkerDied
from edgeomni.faults import VARIABLE
from edgeomni.ports import Cancel
from edgeomni.speech.client import EarsWorker
from edgeomni.speech.devices.sound_io import SPOKEN_RATE
from edgeomni.speech.ears.windows import RATE
from edgeomni.values import AudioClip, Segment, Span
from tests.speech.conftest import Samples, Speak, clicks, clip, music, noise, silence

pytestmark = pytest.mark.slow

Hearing = Callable[..., EarsWorker]
SENTENCE = "The meeting begins at nine o'clock tomorrow morning."
FAST = (
    "So she was considering in her own mind, as well as she could, for the hot day made her feel "
    "very sleepy and stupid, whether the pleasure of making a daisy chain would be worth the "
    "trouble of getting up and picking the daisies, when suddenly a white rabbit with pink eyes "
    "ran close by her. There was nothing so very remarkable in that, nor did Alice think it so "
    "very much out of the way to hear the rabbit say to itself, oh dear, I shall be late. When she "
    "thought it over afterwards, it occurred to her that she ought to have wondered at this."
)
"""Said in 21 s it takes 133 tokens."""
OTHER = "Please bring the old photographs and a bottle of water."


@pytest.fixture
def hearing(tmp_path: Path) -> Iterator[Hearing]:
    """Ears with a model in this folder; without one, asking for it fails the test."""
    made: list[EarsWorker] = []

    def make(folder: Path | None = None) -> EarsWorker:
        def model() -> Path:
            assert folder, "a model was asked for"
            return folder

        made.append(EarsWorker(model, tmp_path / "speech.log"))
        return made[-1]

    yield make
    for ears in made:
        ears.close()


def words(segments: list[Segment]) -> str:
    text = " ".join(said.text for said in segments).lower()
    return " ".join(re.findall(r"[a-z']+|\d+", text))


@pytest.mark.parametrize(
    "sound",
    [
        silence(3.0),
        noise(5.0, 0.0005),
        noise(5.0),
        noise(5.0, 0.3),
        music(8.0),
        clicks(5.0),
        silence(0.0),
        silence(0.02),
    ],
    ids=["silence", "hiss", "fan", "roar", "music", "clicks", "nothing", "a moment"],
)
def test_where_nobody_speaks_nothing_is_heard_and_no_model_needed(
    hearing: Hearing, sound: Samples
) -> None:
    assert list(hearing().transcribe(clip(sound))) == []


def test_speech_is_found_where_it_is(hearing: Hearing, speak: Speak) -> None:
    sound = np.concatenate([silence(2.0), speak(SENTENCE), silence(2.0)])
    (found,) = hearing().speech(clip(sound))
    assert 1.6 <= found.start <= 2.3
    assert abs(found.end - (len(sound) / RATE - 2.0)) < 0.7


def test_no_stretch_of_speech_is_longer_than_a_window(hearing: Hearing, speak: Speak) -> None:
    sound = np.tile(speak(SENTENCE)[RATE // 4 : -RATE // 2], 25)
    found = hearing().speech(clip(sound))
    assert len(found) > 1
    assert all(span.end - span.start <= 28.5 for span in found)


def test_sound_at_another_rate_is_refused(hearing: Hearing) -> None:
    with pytest.raises(InputError, match="8000"):
        hearing().speech(AudioClip(bytes(4000), 8000))


def test_a_folder_without_a_model_is_one_clear_error(hearing: Hearing, tmp_path: Path) -> None:
    ears = hearing(tmp_path / "empty")
    with pytest.raises(ModelError, match="cannot be loaded"):
        list(ears.transcribe(clip(noise(1.0)), [Span(0.0, 1.0)]))


def test_a_model_that_is_not_whisper_is_one_clear_error(hearing: Hearing, tmp_path: Path) -> None:
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(ModelError, match="cannot be loaded"):
        list(hearing(tmp_path).transcribe(clip(noise(1.0)), [Span(0.0, 1.0)]))


def test_a_worker_that_dies_is_told_and_the_next_sound_is_heard(
    hearing: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "speech.speech:abort")
    ears = hearing()
    with pytest.raises(WorkerDied):
        ears.speech(clip(silence(1.0)))
    monkeypatch.delenv(VARIABLE)
    assert ears.speech(clip(silence(1.0))) == []


@pytest.mark.models
class TestWithWeights:
    @pytest.fixture
    def ears(self, hearing: Hearing, whisper: Callable[[str], Path]) -> EarsWorker:
        return hearing(whisper("tiny.en"))

    def test_a_sentence_is_understood(self, ears: EarsWorker, speak: Speak) -> None:
        heard = words(list(ears.transcribe(clip(speak(SENTENCE)))))
        assert "the meeting begins at" in heard
        assert "tomorrow morning" in heard

    def test_a_window_full_of_words_is_heard_to_its_end(self, ears: EarsWorker) -> None:
        sound = soxr.resample(Hibari()(FAST, speed=1.35), SPOKEN_RATE, RATE)
        whole = Span(0.0, len(sound) / RATE)
        heard = words(list(ears.transcribe(clip(sound), [whole])))
        assert heard.endswith("it occurred to her that she ought to have wondered at this")

    def test_a_sentence_that_is_said_again_and_again_is_heard_each_time(
        self, ears: EarsWorker
    ) -> None:
        said = soxr.resample(Hibari()("The old bridge was closed last week."), SPOKEN_RATE, RATE)
        heard = words(list(ears.transcribe(clip(np.tile(said, 8)))))
        assert heard.count("bridge was closed") >= 7

    def test_times_are_those_of_the_speech(self, ears: EarsWorker, speak: Speak) -> None:
        first, second = speak(SENTENCE), speak(OTHER)
        sound = np.concatenate([silence(3.0), first, silence(6.0), second])
        one, *_, last = ears.transcribe(clip(sound))
        assert 2.6 <= one.start <= 3.4
        assert last.start >= (len(sound) - len(second)) / RATE - 0.5
        assert last.end <= len(sound) / RATE

    def test_progress_goes_forward_to_the_last_word(self, ears: EarsWorker, speak: Speak) -> None:
        sound = np.concatenate([speak(SENTENCE), silence(5.0), speak(OTHER)])
        told: list[float] = []
        list(ears.transcribe(clip(sound), progress=told.append))
        assert len(told) == 2
        assert told == sorted(told)

    def test_it_stops_between_two_windows(self, ears: EarsWorker, speak: Speak) -> None:
        pieces = [speak(SENTENCE), silence(5.0)] * 8
        cancel = Cancel()
        heard = []
        for said in ears.transcribe(clip(np.concatenate(pieces)), cancel=cancel):
            heard.append(said)
            cancel.ask()
        assert 1 <= len(heard) < 8

    def test_noise_that_is_taken_for_speech_gives_no_words(self, ears: EarsWorker) -> None:
        found = list(ears.transcribe(clip(noise(4.0)), [Span(0.0, 4.0)]))
        assert len(words(found).split()) <= 3

    def test_a_language_that_it_does_not_know_is_refused(
        self, ears: EarsWorker, speak: Speak
    ) -> None:
        with pytest.raises(AbilityMissing, match="'de'"):
            list(ears.transcribe(clip(speak(SENTENCE)), language="de"))

    def test_the_language_is_found_out(
        self, hearing: Hearing, whisper: Callable[[str], Path], speak: Speak
    ) -> None:
        sound = speak("Guten Morgen, heute scheint die Sonne.", "de")
        heard = words(list(hearing(whisper("base")).transcribe(clip(sound))))
        assert "guten morgen" in heard
