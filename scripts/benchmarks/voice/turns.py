"""V4: how long the end of a turn is waited for, and how often a pause is taken for it."""

from __future__ import annotations

import numpy as np

from benchmarks.samples import Bar, Guard, Result, Samples
from benchmarks.voice.alone import timed
from benchmarks.voice.following import Reader, follow
from benchmarks.voice.opinion import Opinion, opinion
from benchmarks.voice.studio import RATE, Sound, Studio, room_tone, say
from edgeomni.speech.ears.mind import made

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
_QUIET = RATE // 33
"""Samples over which it has to be quiet: 30 ms."""
LIVEKIT = 0.5
"""Seconds of silence that LiveKit's agents wait at least, by their default."""


def endings(studio: Studio) -> list[Result]:
    """Decisions as in a conversation, in time that is counted in samples.

    Each of the models takes what it takes here, with nothing else to do.
    """
    with opinion(studio) as model:
        reader = _Usual(studio, model)
        waits = [_wait(reader, each.sound) * 1000 for each in studio.utterances if not each.noisy]
        cuts = [
            _is_cut(reader, *_parted(head, tail, voice), pause)
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


def _wait(reader: Reader, sound: Sound) -> float:
    whole = np.concatenate([room_tone(1.0, 1), sound, room_tone(2.5, 2)])
    end = 1.0 + len(sound) / RATE
    ends = (over.at for over in follow(whole, reader))
    return next((at - end for at in ends if at > end - 0.2), 2.5)


def _is_cut(reader: Reader, head: Sound, tail: Sound, pause: float) -> bool:
    parts = [room_tone(1.0, 1), head, room_tone(pause, 2), tail, room_tone(2.5, 3)]
    found = follow(np.concatenate(parts), reader)
    begins = 1.0 + len(head) / RATE + pause
    return any(over.at <= begins + 0.1 for over in found)


class _Usual:
    """Implements ``Reader`` with the models of a conversation."""

    def __init__(self, studio: Studio, model: Opinion) -> None:
        self._mind = made(studio.whisper, studio.detector, "", 1)
        self._model = model

    def judge(self, turn: Sound) -> tuple[float, float]:
        complete, took = timed(lambda: self._mind.complete(turn), 1)
        return complete or 0.0, took

    def write(self, turn: Sound) -> tuple[str, float]:
        return timed(lambda: self._mind.write(turn), 1)

    def ending(self, text: str) -> tuple[float | None, float]:
        return self._model.ending(text)
