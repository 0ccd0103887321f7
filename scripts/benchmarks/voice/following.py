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

    def ending(self, text: str) -> tuple[float | None, float]:
        """What the language model makes of it; see ``Engine.ending``."""
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
    """Sound and transcript are worked on from the beginning of a pause, side by side; the language
    model is asked of the transcript."""
    from edgeomni.speech.meter import SpeechMeter
    from edgeomni.speech.turns import Began, Ended, Paused, TurnRules, Turns
    from edgeomni.speech.unfinished import words_of

    meter, turns = SpeechMeter(), Turns(TurnRules(), BLOCK / RATE)
    found: list[Over] = []
    judged: list[tuple[int, float, float]] = []
    written: list[tuple[int, float, str]] = []
    foreseen: list[tuple[int, float, float | None]] = []
    writing: dict[int, tuple[float, float]] = {}
    begun = 0
    for at in range(0, len(sound) - BLOCK + 1, BLOCK):
        now = (at + BLOCK) / RATE
        for number, when, complete in judged:
            if when <= now:
                turns.judged(number, complete)
        for number, when, text in written:
            if when <= now:
                turns.understood(number, words_of(text), model_is_asked=bool(text))
        for number, when, ends in foreseen:
            if when <= now:
                turns.foreseen(number, ends)
        for step in turns.hear(now, meter.probability(sound[at : at + BLOCK])):
            match step:
                case Began(began):
                    begun = max(0, int((began - _BEFORE) * RATE))
                case Paused(number):
                    turn = sound[begun : at + BLOCK]
                    complete, took = reader.judge(turn)
                    judged.append((number, now + took, complete))
                    text, took = reader.write(turn)
                    written.append((number, now + took, text))
                    writing[number] = now + took, took
                    ends, more = reader.ending(text) if text else (None, 0.0)
                    foreseen.append((number, now + took + more, ends))
                case Ended(number):
                    there, took = writing[number]
                    found.append(Over(now, max(now, there), took))
    return found
