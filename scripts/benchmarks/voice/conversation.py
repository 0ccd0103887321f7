"""V9 and V6: from the end of a question to the first sound of its answer, at the pace of life."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.samples import Bar, Guard, Result, Samples
from benchmarks.voice.studio import RATE, Studio, room_tone, say, write_wav
from benchmarks.voice.words import wrong

QUESTIONS = (
    "What is the capital of France?",
    "How many legs does a spider have?",
    "What is seven times eight?",
    "Who wrote the book about the white whale?",
    "How far is it from the earth to the moon?",
    "Where did I put my glasses?",
    "Is there milk in the fridge?",
    "What color is the sky?",
    "Tell me about the sea.",
    "What is a horse?",
)
GAP = 9.0
"""Seconds after a question: an answer of the usual length is over by then."""
_LATE = 1.0
_NEAR = 0.15
"""Seconds by which the end of speech may be misjudged."""


@dataclass(frozen=True)
class Asked:
    text: str
    end: float
    """Seconds from the beginning of the sound to the end of the question."""


def voice_to_voice(studio: Studio) -> list[Result]:
    """Twenty turns of one conversation, each after the other, hands-free, with files as devices."""
    asked, file = _dialogue(studio)
    events = _run(file, studio.scratch / "answers.wav")
    begun = next(event["at"] for event in events if event["event"] == "ready")
    turns = [event for event in events if event["event"] == "turn"]
    heard = [event for event in events if event["event"] == "utterance"]
    waits: list[float] = []
    stages: dict[str, list[float]] = {"committed": [], "understood": [], "first_token": []}
    matched = 0
    for question, turn, utterance in zip(asked, turns, heard, strict=False):
        if abs(utterance["speech_end"] - begun - question.end) > _LATE or turn["first_audio"] < 0:
            continue
        matched += 1
        late = utterance["speech_end"] - begun - question.end
        waits.append((turn["first_audio"] + late) * 1000)
        for name, values in stages.items():
            values.append((turn[name] + late) * 1000)
    errors, words = np.sum(
        [wrong(a.text, t["asked"]) for a, t in zip(asked, turns, strict=False)], axis=0
    )
    guards = (
        Guard(f"{matched} of {len(asked)} turns answered", matched == len(asked)),
        Guard(f"{errors} of {words} words wrong", errors <= 0.1 * words),
    )
    parts = ", ".join(f"{name} {statistics.median(found):.0f} ms" for name, found in stages.items())
    return [
        Result(
            "V9",
            f"question's end to the answer's first sound ({parts})",
            Samples(tuple(waits), "ms"),
            Bar("at most", 600.0, "ms"),
            guards=guards,
        )
    ]


def _dialogue(studio: Studio) -> tuple[list[Asked], Path]:
    parts, asked, length = [room_tone(1.0)], [], RATE
    for number, text in enumerate(QUESTIONS * 2):
        sound = say(text, "hibari" if number % 2 else "en-us")
        length += len(sound)
        asked.append(Asked(text, length / RATE))
        gap = room_tone(GAP, number)
        length += len(gap)
        parts += [sound, gap]
    path = studio.scratch / "questions.wav"
    write_wav(path, np.concatenate(parts))
    return asked, path


def _run(questions: Path, answers: Path) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "edgeomni", "talk", "--json", "--temperature", "0"]
    command += ["--max-tokens", "40", "--input", str(questions), "--output", str(answers)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]
