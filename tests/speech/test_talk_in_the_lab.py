"""The whole program, spoken to through a microphone and heard through a loudspeaker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soxr

from edgeomni import paths
from edgeomni.speech.devices import echo
from edgeomni.speech.devices.sound_io import HEARD_RATE, SPOKEN_RATE
from tests.speech.lab import RATE, Lab
from tests.speech.sounds import Sound
from tests.speech.steady import by_the_clock

pytestmark = [pytest.mark.slow, pytest.mark.models, pytest.mark.devices]

TURNS = int(os.environ.get("EDGEOMNI_TURNS", "4"))
ECHO_MINUTES = float(os.environ.get("EDGEOMNI_ECHO_MINUTES", "0.5"))
"""Of speech; 10 of them take a quarter of an hour."""
ECHO_DECIBELS = -6.0
QUESTIONS = (
    "What is the capital of France?",
    "How many legs does a spider have?",
    "What is seven times eight?",
    "What color is the sky?",
    "What is a horse?",
)
STORIES = tuple(f"Tell me a long story about {what}." for what in ("the sea", "a dog", "a city"))
PATIENCE = 120.0
"""Seconds; an answer of a story takes that long."""
Say = Callable[[str], Sound]


@pytest.fixture(scope="module")
def say() -> Say:
    """Says a text at the laboratory's rate."""
    from hibari import Hibari

    voice = Hibari()
    return lambda text: soxr.resample(np.asarray(voice(text), np.float32), SPOKEN_RATE, RATE)


class Talking:
    """``edgeomni talk`` in the laboratory, and what it tells."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._told: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._over = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            with self._changed:
                self._told.append(json.loads(line))
                self._changed.notify_all()
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        """What it told of these."""
        with self._changed:
            return [event for event in self._told if event["event"] in kinds]

    def wait_for(self, count: int, *kinds: str) -> dict[str, Any]:
        """The event of that number among these kinds."""
        with self._changed:
            there = self._changed.wait_for(
                lambda: self._over or len(self.of(*kinds)) >= count, PATIENCE
            )
            assert there, f"no {count}. {' or '.join(kinds)} within {PATIENCE:g} s"
        assert len(self.of(*kinds)) >= count, f"it ended before the {count}. {kinds}"
        return self.of(*kinds)[count - 1]

    def end(self) -> int:
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(PATIENCE)
        self._reader.join()
        return code


@contextmanager
def talking(lab: Lab, state: Path, *more: str) -> Iterator[Talking]:
    environment = lab.whole_environment | {
        "EDGEOMNI_DATA_DIR": str(paths.data_dir()),
        "EDGEOMNI_STATE_DIR": str(state),
        "EDGEOMNI_OFFLINE": "1",
    }
    command = [sys.executable, "-m", "edgeomni", "talk", "--json", *more]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        made = Talking(process)
        try:
            made.wait_for(1, "ready")
            yield made
        finally:
            if process.poll() is None:
                made.end()


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
        lab.say_sound(say(STORIES[0]), RATE)
        talk.wait_for(asked + 1, "first_audio")
        time.sleep(2)  # it speaks
        lab.say_sound(say("Stop!"), RATE)
        talk.wait_for(1, "interrupted")
        talk.wait_for(1, "stopped")
