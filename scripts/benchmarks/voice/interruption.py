"""V8: how soon an answer falls silent when somebody speaks over it, and what a cough does.

Beside this one, where nothing of the answer is heard again, there is ``echoing``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.samples import Bar, Guard, Result, Samples
from benchmarks.voice.studio import (
    AUDIBLE,
    RATE,
    SPOKEN_RATE,
    Sound,
    Studio,
    read_wav,
    room_tone,
    say,
    write_wav,
)

QUESTION = "Tell me a long story about the sea."
WORDS = (
    "Wait, I have a question.",
    "No, that is enough.",
    "Hold on a moment.",
    "Thank you, enough.",
)
TURNS = 12
ONSET = 5.0
"""Seconds from the end of a question to the interruption: the answer is in full swing."""
GAP = 2.0
TELLS = ("--temperature", "0", "--system", "Tell long stories.", "--max-tokens", "160")
"""How a conversation is begun in which the same long story is told each time."""
_SILENT = 0.3
"""Seconds without a sound that are no pause between words."""
_COUGH = 0.1


@dataclass(frozen=True)
class Heard:
    """What was heard in one conversation, and when somebody spoke in it."""

    sound: Sound
    onset: float
    """Seconds from the beginning of the sound to the interruption."""
    cough: float


def barge_in(studio: Studio) -> list[Result]:
    """Files as devices, at the pace of life: nothing of the answer reaches the microphone.

    Each time in a conversation of its own, in which the model tells the same long story.
    """
    told = [_interrupted(studio, number) for number in range(TURNS)]
    during = [each for each in told if sounds(each.sound, each.onset)]
    silent = [(each.onset, silence_after(each.sound, each.onset)) for each in during]
    waits = [(end - at) * 1000 for at, end in silent if end is not None]
    coughs = [each for each in told if sounds(each.sound, each.cough)]
    quiet = sum(not goes_on(each.sound, each.cough) for each in coughs)
    guards = (
        Guard(f"{len(waits)} of {len(during)} interruptions obeyed", len(waits) == len(during)),
        Guard(f"{len(during)} of {TURNS} came while it spoke", len(during) > TURNS / 2),
        Guard(f"{quiet} of {len(coughs)} coughs stopped the answer", quiet == 0),
    )
    case = "onset of speech to the last audible sample"
    bar, measured = Bar("at most", 200.0, "ms"), Samples(tuple(waits), "ms")
    return [
        Result("V8", case, measured, guards=guards),
        Result("V8", f"{case}, 95 % within", measured.within(0.95), bar, guards=guards),
    ]


@dataclass(frozen=True)
class Script:
    """What somebody says: a question, a cough over the answer, and words over it."""

    sound: Sound
    words: Sound
    cough: float
    """Seconds from the beginning of the sound."""
    onset: float
    """The same, of the words."""


def script(number: int) -> Script:
    chance = np.random.default_rng(3)
    length = int(_COUGH * RATE)
    cough = (chance.normal(0, 0.2, length) * np.hanning(length)).astype(np.float32)
    words = say(WORDS[number % len(WORDS)], ("hibari", "en-us", "en-gb")[number % 3])
    middle = room_tone(ONSET / 2, number)
    # The moment within a word or between two is another one each time.
    head = [room_tone(1.0), say(QUESTION, "hibari"), middle, room_tone(number * 0.03)]
    whole = np.concatenate([*head, cough, middle, words, room_tone(GAP, number)])
    before = sum(map(len, head)) / RATE
    return Script(whole, words, before, before + (len(cough) + len(middle)) / RATE)


def _interrupted(studio: Studio, number: int) -> Heard:
    said = script(number)
    path, answers = studio.scratch / "interruption.wav", studio.scratch / "interrupted.wav"
    write_wav(path, said.sound)
    events = _run(path, answers)
    heard = read_wav(answers)
    offset = _offset(events, heard)
    return Heard(heard, said.onset + offset, said.cough + offset)


def _run(questions: Path, answers: Path) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "edgeomni", "talk", "--json", *TELLS]
    command += ["--input", str(questions), "--output", str(answers)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _offset(events: list[dict[str, Any]], heard: Sound) -> float:
    """From the beginning of what was said to the same moment in what was heard, in seconds.

    By the first answer, whose first sound is told with the time of both.
    """
    ready = next(event["at"] for event in events if event["event"] == "ready")
    first = next(event["at"] for event in events if event["event"] == "first_audio")
    sounding = np.flatnonzero(np.abs(heard) > AUDIBLE)[0] / SPOKEN_RATE
    return float(min(0.1, max(-0.1, sounding - (first - ready))))


def sounds(heard: Sound, moment: float) -> bool:
    """Whether an answer is being said, right before that moment and a little later."""
    near = (moment - _SILENT, moment, moment + _SILENT / 2)
    starts = [round(at * SPOKEN_RATE) for at in near]
    parts = [heard[a:b] for a, b in pairwise(starts)]
    return all(len(part) and float(np.abs(part).max()) > AUDIBLE for part in parts)


def goes_on(heard: Sound, moment: float) -> bool:
    """Whether an answer is still being said after a coughing and a pause."""
    start, end = (round(at * SPOKEN_RATE) for at in (moment + 0.7, moment + ONSET / 2))
    return float(np.abs(heard[start:end]).max(initial=0.0)) > AUDIBLE


def silence_after(heard: Sound, moment: float, within: float = 3.0) -> float | None:
    """When the answer fell silent for good, in seconds; None when it went on."""
    start, end = (round(at * SPOKEN_RATE) for at in (moment, moment + within))
    sounding = np.flatnonzero(np.abs(heard[start:end]) > AUDIBLE)
    if not len(sounding):
        return moment
    gaps = np.diff(np.append(sounding, end - start))
    long = np.flatnonzero(gaps > _SILENT * SPOKEN_RATE)
    return float(moment + sounding[long[0]] / SPOKEN_RATE) if len(long) else None
