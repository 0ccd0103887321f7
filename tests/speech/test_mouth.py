"""The mouth as the parent has it: a real worker, a real voice, and ears that understand it."""

from __future__ import annotations

import re
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soxr

from edgeomni.errors import DeviceError, UsageError, WorkerDied
from edgeomni.faults import VARIABLE
from edgeomni.ports import Cancel
from edgeomni.process.worker import WorkerSpec
from edgeomni.speech.client import ENVIRONMENT, EarsWorker
from edgeomni.speech.mouth import MouthWorker
from edgeomni.speech.talk import Device
from edgeomni.speech.voices.system_voice import program
from edgeomni.values import AudioClip
from tests.speech.conftest import clip

pytestmark = pytest.mark.slow

TEXT = "The meeting begins tomorrow morning. Please bring **old photographs**, and water."


def sound(clips: list[AudioClip]) -> bytes:
    return b"".join(clip.samples for clip in clips)


def test_a_clip_for_each_clause_and_the_same_sound_twice(mouth: MouthWorker) -> None:
    mouth.warm()
    clips = list(mouth.say(TEXT))
    assert [clip.name for clip in clips] == [
        "The meeting begins tomorrow morning.",
        "Please bring old photographs, and water.",
    ]
    assert {clip.rate for clip in clips} == {24_000}
    assert sound(clips) == sound(list(mouth.say(TEXT)))


def test_twice_as_fast_takes_half_the_time(mouth: MouthWorker) -> None:
    usual, fast = (sum(c.seconds for c in mouth.say(TEXT, rate=rate)) for rate in (1.0, 2.0))
    assert fast == pytest.approx(usual / 2, rel=0.15)


def test_the_pause_before_the_first_word_is_short(mouth: MouthWorker) -> None:
    (first,) = mouth.say("Sure.")
    samples = np.abs(np.frombuffer(first.samples, np.float32))
    assert np.flatnonzero(samples > 0.02)[0] / first.rate < 0.1


@pytest.mark.skipif(program() is None, reason="this machine has no voice of its own")
def test_the_machines_own_voice_speaks_when_it_is_asked_for(mouth: MouthWorker) -> None:
    usual, fast = (list(mouth.say(TEXT, voice="system", rate=rate)) for rate in (1.0, 2.0))
    assert {clip.rate for clip in usual} == {24_000}
    assert sum(c.seconds for c in usual) > 3
    assert sum(c.seconds for c in fast) < 0.7 * sum(c.seconds for c in usual)


def test_what_the_voice_cannot_say_is_told_and_left_out(
    mouth: MouthWorker, told: list[str]
) -> None:
    assert [clip.name for clip in mouth.say("你好。 Good morning.")] == ["Good morning."]
    assert told == ['"你好。" could not be spoken: nothing came.']


def test_played_is_what_was_said_and_clauses_have_their_times(
    mouth: MouthWorker, tmp_path: Path
) -> None:
    first, second = mouth.play("Good morning. It is late.", rate=2.0)
    assert (first.start, first.text) == (0.0, "Good morning.")
    assert (second.start, second.text) == (first.end, "It is late.")
    with wave.open(str(tmp_path / "played.wav")) as file:
        assert file.getnframes() / file.getframerate() >= second.end


def test_a_cancelled_one_falls_silent(mouth: MouthWorker, tmp_path: Path) -> None:
    cancel = Cancel()
    for _ in mouth.play("One sentence. " * 20, cancel=cancel):
        cancel.ask()
    with wave.open(str(tmp_path / "played.wav")) as file:
        assert file.getnframes() / file.getframerate() < 5


def test_leaving_early_is_no_harm(mouth: MouthWorker) -> None:
    next(mouth.say(TEXT))
    assert [clip.name for clip in mouth.say("Hello.")] == ["Hello."]


def test_a_loudspeaker_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    spec = WorkerSpec("speech", tmp_path / "speech.log", ENVIRONMENT)
    mouth = MouthWorker(spec, print, Device("no such loudspeaker"))
    with pytest.raises(DeviceError, match="no loudspeaker"):
        list(mouth.play("Hello."))
    mouth.close()


def test_a_wrong_wish_starts_no_worker(mouth: MouthWorker) -> None:
    with pytest.raises(UsageError):
        list(mouth.say("Hello.", voice="emma"))
    with pytest.raises(UsageError):
        list(mouth.say("Hello.", rate=3.0))


def test_a_worker_that_dies_is_told_and_the_next_text_is_said(
    mouth: MouthWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "speech.clause:abort")
    with pytest.raises(WorkerDied):
        list(mouth.say("Hello."))
    monkeypatch.delenv(VARIABLE)
    assert len(list(mouth.say("Hello."))) == 1


@pytest.mark.models
@pytest.mark.parametrize("rate", [0.8, 1.0, 1.2])
def test_ears_understand_what_the_mouth_says(
    mouth: MouthWorker, whisper: Callable[[str], Path], tmp_path: Path, rate: float
) -> None:
    spoken = np.frombuffer(sound(list(mouth.say(TEXT, rate=rate))), np.float32)
    model = whisper("tiny.en")
    ears = EarsWorker(lambda: model, tmp_path / "ears.log")
    heard = " ".join(s.text for s in ears.transcribe(clip(soxr.resample(spoken, 24_000, 16_000))))
    ears.close()
    words = re.findall(r"[a-z]+", heard.lower())
    wanted = re.findall(r"[a-z]+", TEXT.lower())
    assert words == wanted
