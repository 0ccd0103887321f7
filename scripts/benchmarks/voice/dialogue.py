"""Questions in a file, and how soon a file of answers answers them: the same for every side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.voice.studio import AUDIBLE, RATE, SPOKEN_RATE, Sound, room_tone, say, write_wav

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
WARM_UP = "Good morning, can you hear me?"
"""Asked first, and not counted: whoever answers has then done everything once."""
SYSTEM = "Your answers are spoken aloud: answer in one short sentence, in plain words."
VOICES = ("en-us", "hibari")
_BEFORE = 1.0
"""Seconds of silence at the beginning."""
_OVERLAP = 0.05


@dataclass(frozen=True)
class Asked:
    """A question; times in seconds from the beginning of the sound."""

    text: str
    start: float
    end: float
    next: float
    """When the next one begins, or the sound ends."""


@dataclass(frozen=True)
class Dialogue:
    file: Path
    sound: Sound
    asked: tuple[Asked, ...]
    """Without the first, which warms up."""
    warm_up: Asked


def dialogue(file: Path, number: int, gap: float) -> Dialogue:
    """All questions, ``gap`` seconds after each; every ``number`` has them in other voices."""
    parts, asked, length = [room_tone(_BEFORE)], [], round(_BEFORE * RATE)
    for place, text in enumerate((WARM_UP, *QUESTIONS)):
        sound = say(text, VOICES[(place + number) % len(VOICES)])
        silence = room_tone(gap, len(QUESTIONS) * number + place)
        start, end = length, length + len(sound)
        length = end + len(silence)
        asked.append(Asked(text, start / RATE, end / RATE, length / RATE))
        parts += [sound, silence]
    whole = np.concatenate(parts)
    write_wav(file, whole)
    return Dialogue(file, whole, tuple(asked[1:]), asked[0])


def lead(starts: Iterable[float], heard: Sound) -> float:
    """Seconds by which the sound of the answers begins before that of the questions.

    ``starts`` are moments, from the beginning of the questions, at which edgeomni noticed that an
    answer had begun to sound: at the end of a microphone's block, so the least late one tells most.
    """
    sounding = np.flatnonzero(heard)
    onsets = sounding[np.flatnonzero(np.diff(sounding, prepend=-len(heard)) > SPOKEN_RATE)]
    near = (min((onset / SPOKEN_RATE - at for onset in onsets), key=abs) for at in starts)
    return max(near, default=0.0)


def first_sound(asked: Asked, heard: Sound, lead: float = 0.0) -> float | None:
    """Milliseconds from the end of the question to the first audible sample behind it.

    ``heard`` is at ``SPOKEN_RATE``, and begins ``lead`` seconds before the questions. None for no
    answer, and for one that had begun before the question was over.
    """
    moments = (asked.end - _OVERLAP, asked.end, asked.next)
    begins, end, until = (round((at + lead) * SPOKEN_RATE) for at in moments)
    sounding = np.flatnonzero(np.abs(heard[begins:until]) > AUDIBLE)
    if not len(sounding) or begins + sounding[0] < end:
        return None
    return float(begins + sounding[0] - end) / SPOKEN_RATE * 1000


def understood(asked: Sequence[Asked], heard: Iterable[tuple[float, str]]) -> list[str]:
    """What was made of each question, of pairs of a moment in seconds and a transcript.

    A question that was taken for two counts as one, with all of its words.
    """
    texts = [""] * len(asked)
    for at, text in heard:
        for number, question in enumerate(asked):
            if question.start <= at < question.next:
                texts[number] = f"{texts[number]} {text}".strip()
    return texts
