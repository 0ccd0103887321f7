"""The whole program, spoken to through a microphone and heard through a loudspeaker."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soxr

from edgeomni import paths
from edgeomni.speech.devices import echo
from edgeomni.speech.devices.sound_io import HEARD_RATE, SPOKEN_RATE
from tests.speech.lab import RATE, Lab
from tests.speech.sounds import Sound
from tests.speech.steady import by_the_clock
from tests.speech.talking import talking

pytestmark = [pytest.mark.slow, pytest.mark.models, pytest.mark.devices]

TURNS = int(os.environ.get("EDGEOMNI_TURNS", "4"))
ECHO_MINUTES = float(os.environ.get("EDGEOMNI_ECHO_MINUTES", "0.5"))
"""Of speech; 10 of them take a quarter of an hour."""
ECHO_DECIBELS = -6.0
SYLLABLE = 0.6
"""Seconds, from the beginning of "Stop!", for which an answer may go on."""
QUESTIONS = (
    "What is the capital of France?",
    "How many legs does a spider have?",
    "What is seven times eight?",
    "What color is the sky?",
    "What is a horse?",
)
STORIES = tuple(f"Tell me a long story about {what}." for what in ("the sea", "a dog", "a city"))
Say = Callable[[str], Sound]


@pytest.fixture(scope="module")
def say() -> Say:
    """Says a text at the laboratory's rate."""
    from hibari import Hibari

    voice = Hibari()
    return lambda text: soxr.resample(np.asarray(voice(text), np.float32), SPOKEN_RATE, RATE)


@pytest.fixture(autouse=True)
def models(whisper: Callable[[str], Path]) -> None:
    for name in ("tiny.en", "smart-turn"):
        whisper(name)
    lent = Path(paths.data_dir())
    assert lent.is_dir()


def words(text: str) -> list[str]:
    letters = "".join(each if each.isalnum() or each == "'" else " " for each in text)
    return letters.casefold().split()


@pytest.mark.timeout(120 + 40 * TURNS)
@by_the_clock
def test_spoken_questions_are_answered_by_voice(
    lab: Lab, say: Say, whisper: Callable[[str], Path], tmp_path: Path
) -> None:
    from edgeomni.speech.ears.mind import made

    heard: list[Sound] = []
    with talking(lab, tmp_path, "--temperature", "0", "--max-tokens", "40") as talk:
        for number in range(TURNS):
            with lab.recording() as recording:
                lab.say_sound(say(QUESTIONS[number % len(QUESTIONS)]), RATE)
                talk.wait_for(number + 1, "turn")
                heard.append(recording.rest())
        turns = talk.of("turn")
        assert talk.end() == 130
    assert len(turns) == TURNS
    ears = made(whisper("tiny.en"), None, "", 1)
    share = []
    for turn, sound in zip(turns, heard, strict=True):
        said = set(words(ears.write(soxr.resample(sound, RATE, HEARD_RATE))))
        answer = words(turn["answered"])
        share.append(sum(word in said for word in answer) / len(answer))
    assert min(share) > 0.6 and np.mean(share) > 0.85, (share, turns)


@pytest.mark.skipif(not echo.is_available(), reason="the extra echo is not installed")
@pytest.mark.timeout(240 + 180 * ECHO_MINUTES)
@by_the_clock
def test_it_is_not_interrupted_by_its_own_voice_and_stops_for_a_person(
    lab: Lab, say: Say, tmp_path: Path
) -> None:
    more = ("--temperature", "0.8", "--max-tokens", "150", "--system", "Tell long stories.")
    spoken, asked = 0.0, 0
    with lab.echo(ECHO_DECIBELS), talking(lab, tmp_path, *more) as talk:
        while spoken < 60 * ECHO_MINUTES:
            lab.say_sound(say(STORIES[asked % len(STORIES)]), RATE)
            asked += 1
            talk.wait_for(asked, "first_audio")
            began = time.monotonic()
            talk.wait_for(asked, "turn")
            spoken += time.monotonic() - began
            assert talk.of("interrupted") == [], f"after {spoken:.0f} s of speech"
        for story in STORIES:
            lab.say_sound(say(story), RATE)
            asked += 1
            talk.wait_for(asked, "first_audio")
            time.sleep(1)  # it speaks
            called = time.monotonic()
            lab.say_sound(say("Stop!"), RATE)
            turn = talk.wait_for(asked, "turn")
            if turn["interrupted"]:
                break
            assert turn["told"] < called + SYLLABLE, "a person was not heard"
        assert turn["interrupted"], "all stories were too short to be stopped"
        talk.wait_for(1, "stopped")
