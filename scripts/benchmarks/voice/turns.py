"""V4: how long the end of a turn is waited for, and how often a pause is taken for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.samples import Bar, Guard, Result, Samples
from benchmarks.voice.studio import RATE, Sound, Studio, room_tone, say

if TYPE_CHECKING:
    from edgeomni.speech.end_of_turn import EndOfTurn

BLOCK = 512
PAUSED = (
    ("I would like to know", "how plants turn light into sugar."),
    ("She bought two apples,", "three pears and a loaf of bread."),
    ("Tell me a short story about", "a dog that could not swim."),
    ("The weather was cold,", "but the sun was shining all day."),
    ("Please write down that I have to", "call the doctor tomorrow morning."),
    ("Could you tell me, um,", "what time the next train leaves?"),
    ("My brother lives in", "a small house near the river."),
    ("We walked along the beach until it was dark,", "and then we went home."),
    ("When I was in Berlin last year", "I saw the old bridge."),
    ("If it rains tomorrow", "we will stay at home."),
)
PAUSES = (0.3, 0.5, 0.7, 1.0)
VOICES = ("hibari", "en-us", "en-gb")
MOST_CUT = 0.02
LIVEKIT = 0.5
"""Seconds of silence that LiveKit's agents wait at least, by their default."""


@dataclass(frozen=True)
class Found:
    """When turns were taken for over, in seconds of the sound."""

    ends: tuple[float, ...]


def endings(studio: Studio) -> list[Result]:
    """Decisions as in a conversation, in time that is counted in samples: the detector of ends is
    given 50 ms to answer.
    """
    waits = []
    for each in studio.utterances:
        if not each.noisy:
            waits.append(_wait(studio, each.sound) * 1000)
    cuts = [
        _is_cut(studio, say(head, voice), say(tail, voice), pause)
        for head, tail in PAUSED
        for voice in VOICES
        for pause in PAUSES
    ]
    share = sum(cuts) / len(cuts)
    said = f"{sum(cuts)} of {len(cuts)} pauses within sentences taken for their end"
    guard = Guard(said, share <= MOST_CUT)
    bar = Bar("at most", 250.0, "ms")
    return [
        Result(
            "V4",
            f"silence until {len(waits)} complete utterances are over",
            Samples(tuple(waits), "ms"),
            bar,
            f"LiveKit waits {LIVEKIT * 1000:.0f} ms at least",
            guards=(guard,),
        )
    ]


def _wait(studio: Studio, sound: Sound) -> float:
    found = _follow(studio, np.concatenate([room_tone(1.0, 1), sound, room_tone(2.5, 2)]))
    end = 1.0 + len(sound) / RATE
    return next((at - end for at in found.ends if at > end - 0.2), 2.5)


def _is_cut(studio: Studio, head: Sound, tail: Sound, pause: float) -> bool:
    parts = [room_tone(1.0, 1), head, room_tone(pause, 2), tail, room_tone(2.5, 3)]
    found = _follow(studio, np.concatenate(parts))
    begins = 1.0 + len(head) / RATE + pause
    return any(at <= begins + 0.1 for at in found.ends)


def _follow(studio: Studio, sound: Sound) -> Found:
    from edgeomni.speech.meter import SpeechMeter
    from edgeomni.speech.turns import Began, Ended, Paused, TurnRules, Turns

    meter = SpeechMeter()
    detector = _detector(studio.detector)
    turns = Turns(TurnRules(), BLOCK / RATE)
    ends: list[float] = []
    due: list[tuple[int, float, float]] = []
    begun = 0
    for at in range(0, len(sound) - BLOCK + 1, BLOCK):
        now = (at + BLOCK) / RATE
        for number, when, complete in due:
            if when <= now:
                turns.judged(number, complete)
        for step in turns.hear(now, meter.probability(sound[at : at + BLOCK])):
            match step:
                case Began(began):
                    begun = max(0, int((began - 0.3) * RATE))
                case Paused(number):
                    complete = detector.probability(sound[begun : at + BLOCK])
                    due.append((number, now + 0.05, complete))
                case Ended():
                    ends.append(now)
    return Found(tuple(ends))


@cache
def _detector(model: Path) -> EndOfTurn:
    from edgeomni.speech.end_of_turn import EndOfTurn

    return EndOfTurn(model)
