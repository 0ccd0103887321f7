"""What a turn would take if its stages came one after the other, each as fast as alone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.samples import Bar, Guard, Result, Samples

OVERHEAD = Bar("at most", 25.0, "ms")
WORST_OVERHEAD = Bar("at most", 50.0, "ms")
OVERLAPPED = Bar("at most", 0.6)


@dataclass(frozen=True)
class Alone:
    """The stages of one turn, in milliseconds, each timed while nothing else went on."""

    silence: float
    """From the question's end until its turn is over, if its words were known at once."""
    over: float
    """The same when the transcript takes its time, until it is there."""
    transcript: float
    clause: float
    """From the question, as text, to the first clause of its answer."""
    speech: float
    """From that clause to its first audible sample."""

    @property
    def one_by_one(self) -> float:
        """Nothing is thought of ahead; transcripts are written while it is still silent."""
        return self.over + self.clause + self.speech

    @property
    def serial(self) -> float:
        """Behind the silence, each stage when the one before it is done."""
        return self.transcript + self.clause + self.speech


Turn = tuple[float, Alone]
"""The milliseconds that were waited, and what the stages of that turn take."""


def overhead(turns: Sequence[Turn]) -> Samples:
    """What is left of waits without thinking ahead when the stages themselves are taken away."""
    return Samples(tuple(waited - alone.one_by_one for waited, alone in turns), "ms")


def overhead_lines(turns: Sequence[Turn], live: str, guards: tuple[Guard, ...]) -> list[Result]:
    """Of answers that were not thought of ahead; ``live`` says how their stages went."""
    measured = overhead(turns)
    case = "an answer that is not thought of ahead, less its stages, each timed alone"
    parts = f"{case} (alone: {_parts([alone for _, alone in turns])}; then: {live})"
    return [
        Result("V6", parts, measured, OVERHEAD, guards=guards),
        Result("V6", f"{case}, 95 % within", measured.within(0.95), WORST_OVERHEAD, guards=guards),
    ]


def overlap_line(turns: Sequence[Turn], guards: tuple[Guard, ...]) -> Result:
    """Of answers that were thought of ahead."""
    ours = Samples(tuple(waited - alone.silence for waited, alone in turns), "ms")
    serial = Samples(tuple(alone.serial for _, alone in turns), "ms")
    case = "the silence that ends a turn to the answer's first sound, thought of ahead"
    return Result("V6", case, ours, OVERLAPPED, "one stage after the other", serial, guards)


def _parts(alone: Sequence[Alone]) -> str:
    medians = {
        "understood": [each.over for each in alone],
        "first clause": [each.clause for each in alone],
        "its sound": [each.speech for each in alone],
    }
    shown = (f"{name} {Samples(tuple(v), 'ms').median:.0f} ms" for name, v in medians.items())
    return ", ".join(shown)
