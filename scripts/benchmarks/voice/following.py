"""Where turns end in a sound: decided as in a conversation, in time that is counted in samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
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
    """The transcript is worked on from the beginning of a pause; the language model is asked of it,
    and behind that, in doubt, the detector of ends; where there is no model, at once."""
    from edgeomni.speech.dialogue.turns import Began, Ended, Paused, Step, TurnRules, Turns
    from edgeomni.speech.dialogue.unfinished import shape_of
    from edgeomni.speech.ears.meter import SpeechMeter

    meter, turns = SpeechMeter(), Turns(TurnRules(), BLOCK / RATE)
    found: list[Over] = []
    learnt: list[tuple[float, Callable[[], list[Step]]]] = []
    writing: dict[int, tuple[float, float]] = {}
    begun = 0

    def ended(at: float, steps: Sequence[Step]) -> None:
        for step in steps:
            if isinstance(step, Ended):
                there, took = writing[step.number]
                found.append(Over(at, max(at, there), took))

    for at in range(0, len(sound) - BLOCK + 1, BLOCK):
        now = (at + BLOCK) / RATE
        for when, learn in sorted(learnt, key=itemgetter(0)):
            if when <= now:
                ended(when, learn())
        learnt = [(when, learn) for when, learn in learnt if when > now]
        steps = turns.hear(now, meter.probability(sound[at : at + BLOCK]))
        for step in steps:
            match step:
                case Began(began):
                    begun = max(0, int((began - _BEFORE) * RATE))
                case Paused(number):
                    turn = sound[begun : at + BLOCK]
                    text, took = reader.write(turn)
                    turns.paced(took)
                    there = now + took
                    writing[number] = there, took
                    complete, took = reader.judge(turn)
                    ends, more = reader.ending(text) if text else (None, 0.0)
                    heard = now if ends is None else there + more
                    words, asks = shape_of(text), ends is not None
                    learnt += [
                        (there, partial(turns.understood, number, words, model_is_asked=asks)),
                        (there + more, partial(turns.foreseen, number, ends)),
                        (heard + took, partial(turns.judged, number, complete)),
                    ]
        ended(now, steps)
    return found
