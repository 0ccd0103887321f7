"""Where nobody speaks there is no turn; where somebody speaks softly there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from benchmarks.voice.studio import SENTENCES, VOICES, say, with_noise
from edgeomni import talk_events as events
from edgeomni.speech.devices.sound_io import Samples
from edgeomni.speech.devices.wav_microphone import FileClock, WavMicrophone
from edgeomni.speech.dialogue.conversation import Conversation
from edgeomni.speech.dialogue.manners import Manners
from edgeomni.speech.ears.meter import SpeechMeter
from edgeomni.speech.ears.mind import made
from edgeomni.speech.ears.scribe import Understanding
from edgeomni.speech.ears.windows import RATE
from tests.speech.doubles import HandSpeaker, HandVoice
from tests.speech.sounds import Sound, write_wav
from tests.speech.wordless import KINDS, clip

pytestmark = pytest.mark.usefixtures("errors_of_threads")

CLIPS = 204
"""Twelve of each kind."""


@dataclass
class Gullible:
    """Takes everything for words: only the detector stands between a noise and a turn."""

    def sketch(self, turn: Samples) -> str:
        return self.write(turn)

    def write(self, turn: Samples) -> str:
        return "What is the time?"

    def complete(self, turn: Samples) -> float:
        return 0.9


Listen = Callable[[Sound, Understanding], list[str]]


@pytest.fixture
def listen(tmp_path: Path) -> Listen:
    """What is understood of a sound, with the real detector of speech, in time that is counted."""

    def call(sound: Sound, understanding: Understanding) -> list[str]:
        heard = list[str]()

        def emit(event: events.Event) -> None:
            if isinstance(event, events.Draft):
                conversation.ask({"do": "foresee", "pause": event.pause, "ends": None})
            if isinstance(event, events.Utterance):
                heard.append(event.text)
                conversation.ask({"do": "finish", "to": event.pause})

        clock = FileClock()
        file = write_wav(tmp_path / "said.wav", np.clip(sound, -1, 1), RATE)
        conversation = Conversation(
            WavMicrophone(file, clock),
            HandSpeaker(),
            probability=SpeechMeter().probability,
            understand=lambda: understanding,
            speak=HandVoice(),
            manners=Manners(lockstep=True, english=True),
            clock=clock,
            emit=emit,
        )
        conversation.run()
        return heard

    return call


@pytest.fixture
def mind(whisper: Callable[[str], Path]) -> Understanding:
    folder = whisper("smart-turn")
    return made(whisper("tiny.en"), folder / "smart-turn-v3.2-cpu.onnx", "en", 1)


@pytest.mark.parametrize("number", range(len(KINDS)), ids=list(KINDS))
def test_a_sound_without_words_is_no_turn(listen: Listen, number: int) -> None:
    _, sound = clip(number)
    assert listen(sound, Gullible()) == []


@pytest.mark.slow
@pytest.mark.models
@pytest.mark.timeout(400)
def test_in_two_hundred_clips_without_words_there_is_no_turn(
    listen: Listen, mind: Understanding
) -> None:
    taken = [(number, *clip(number)) for number in range(CLIPS)]
    heard = {(number, kind): listen(sound, mind) for number, kind, sound in taken}
    assert {which: texts for which, texts in heard.items() if texts} == {}


@pytest.mark.slow
@pytest.mark.models
@pytest.mark.usefixtures("speak")
@pytest.mark.timeout(400)
def test_soft_speech_in_noise_is_a_turn(listen: Listen, mind: Understanding) -> None:
    """48 utterances in four voices, their peaks 10 to 30 dB below full scale."""
    missed = []
    for number in range(2 * len(SENTENCES)):
        text = SENTENCES[number % len(SENTENCES)]
        voice = VOICES[(number + number // len(SENTENCES)) % len(VOICES)]
        around = [np.zeros(RATE, np.float32), say(text, voice), np.zeros(2 * RATE, np.float32)]
        sound = with_noise(np.concatenate(around), number)
        loudest = 10 ** -((10 + 20 * (number % 5) / 4) / 20)
        if not listen(sound / np.abs(sound).max() * np.float32(loudest), mind):
            missed.append((text, voice, loudest))
    assert missed == []
