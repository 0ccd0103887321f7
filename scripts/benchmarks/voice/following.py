"""Where turns end in a sound: decided as in a conversation, in time that is counted in samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from benchmarks.voice.studio import RATE, Sound

BLOCK = 512
_BEFORE = 0.3
"""Seconds that a turn keeps from before it was noticed, as in ``Manners``."""


class Reader(Protocol):
    """Understands what was said so far. Each answer comes with the seconds that it took."""

    def judge(self, turn: Sound) -> tuple[float, float]:
        """The probability that the speaker is done."""
        ...

    def write(self, turn: Sound) -> tuple[str, float]:
        """The transcript."""
        ...


@dataclass(frozen=True)
class Over:
    """A turn that is over. Times in seconds of the sound."""

    at: float
    """When that was decided."""
    understood: float
    """When that was decided and its transcript was there."""
    writing: float
    """Seconds that its transcript took."""


def follow(sound: Sound, reader: Reader) -> list[Over]:
    """Both answers of the reader are worked on from the beginning of a pause, side by side."""
    from edgeomni.speech.meter import SpeechMeter
    from edgeomni.speech.turns import Began, Ended, Paused, TurnRules, Turns
    from edgeomni.speech.unfinished import looks_unfinished

    meter, turns = SpeechMeter(), Turns(TurnRules(), BLOCK / RATE)
    found: list[Over] = []
    judged: list[tuple[int, float, float]] = []
    written: list[tuple[int, float, bool]] = []
    writing: dict[int, tuple[float, float]] = {}
    begun = 0
    for at in range(0, len(sound) - BLOCK + 1, BLOCK):
        now = (at + BLOCK) / RATE
        for number, when, complete in judged:
            if when <= now:
                turns.judged(number, complete)
        for number, when, unfinished in written:
            if when <= now:
                turns.understood(number, unfinished=unfinished)
        for step in turns.hear(now, meter.probability(sound[at : at + BLOCK])):
            match step:
                case Began(began):
                    begun = max(0, int((began - _BEFORE) * RATE))
                case Paused(number):
                    turn = sound[begun : at + BLOCK]
                    complete, took = reader.judge(turn)
                    judged.append((number, now + took, complete))
                    text, took = reader.write(turn)
                    written.append((number, now + took, looks_unfinished(text)))
                    writing[number] = now + took, took
                case Ended(number):
                    there, took = writing[number]
                    found.append(Over(now, max(now, there), took))
    return found
