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
    from edgeomni.speech.mind import Mind

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
_JUDGED, _WRITTEN = 0.05, 0.12
_QUIET = RATE // 33
"""Samples over which it has to be quiet: 30 ms."""
LIVEKIT = 0.5
"""Seconds of silence that LiveKit's agents wait at least, by their default."""


@dataclass(frozen=True)
class Found:
    """When turns were taken for over, in seconds of the sound."""

    ends: tuple[float, ...]


def endings(studio: Studio) -> list[Result]:
    """Decisions as in a conversation, in time that is counted in samples.

    The detector of ends is given 50 ms to answer, and the transcript 120 ms: what they take when
    nothing else is done.
    """
    waits = []
    for each in studio.utterances:
        if not each.noisy:
            waits.append(_wait(studio, each.sound) * 1000)
    cuts = [
        _is_cut(studio, *_parted(head, tail, voice), pause)
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


def _parted(head: str, tail: str, voice: str) -> tuple[Sound, Sound]:
    """One sentence, spoken in one go, cut where it is quietest behind its first part.

    Said by itself, a first part would end like a sentence, and nobody pauses like that.
    """
    whole = say(f"{head} {tail}", voice)
    first, second = len(say(head, voice)), len(say(tail, voice))
    guess = len(whole) * first // (first + second)
    near = int(0.25 * RATE)
    start = max(0, guess - near)
    frames = whole[start : guess + near]
    power = np.convolve(np.square(frames), np.ones(_QUIET) / _QUIET, "valid")
    cut = start + int(np.argmin(power)) + _QUIET // 2
    return whole[:cut], whole[cut:]


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
    from edgeomni.speech.unfinished import looks_unfinished

    meter = SpeechMeter()
    mind = _mind(studio.whisper, studio.detector)
    turns = Turns(TurnRules(), BLOCK / RATE)
    ends: list[float] = []
    due: list[tuple[int, float, bool]] = []
    judged: list[tuple[int, float, float]] = []
    begun = 0
    for at in range(0, len(sound) - BLOCK + 1, BLOCK):
        now = (at + BLOCK) / RATE
        for number, when, complete in judged:
            if when <= now:
                turns.judged(number, complete)
        for number, when, unfinished in due:
            if when <= now:
                turns.understood(number, unfinished=unfinished)
        for step in turns.hear(now, meter.probability(sound[at : at + BLOCK])):
            match step:
                case Began(began):
                    begun = max(0, int((began - 0.3) * RATE))
                case Paused(number):
                    turn = sound[begun : at + BLOCK]
                    judged.append((number, now + _JUDGED, mind.complete(turn) or 0.0))
                    due.append((number, now + _WRITTEN, looks_unfinished(mind.write(turn))))
                case Ended():
                    ends.append(now)
    return Found(tuple(ends))


@cache
def _mind(whisper: Path, detector: Path) -> Mind:
    from edgeomni.speech.mind import made

    return made(whisper, detector, "", 1)
