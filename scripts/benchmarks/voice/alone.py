"""Where the turns of a dialogue end when the ears have the machine to themselves."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from statistics import median
from typing import TypeVar

from benchmarks.voice.dialogue import Asked, Dialogue
from benchmarks.voice.following import Over, Reader, follow
from benchmarks.voice.opinion import Opinion, opinion
from benchmarks.voice.studio import RATE, Sound, Studio
from edgeomni.speech.client import EarsWorker
from edgeomni.speech.ears.end_of_turn import EndOfTurn
from edgeomni.values import AudioClip, Span

Judged = tuple[float, float]
Written = tuple[str, float]


TRIES = 3
"""Of which the median counts."""
T = TypeVar("T")


def timed(act: Callable[[], T], tries: int = TRIES) -> tuple[T, float]:
    """What it gives, and the seconds that it takes."""
    took = []
    for _ in range(tries):
        began = time.perf_counter()
        given = act()
        took.append(time.perf_counter() - began)
    return given, median(took)


class Timed:
    """Implements ``Reader``: the models of a conversation, and the time that each takes."""

    def __init__(self, studio: Studio, ears: EarsWorker, model: Opinion) -> None:
        self._detector = EndOfTurn(studio.detector)
        self._ears = ears
        self._model = model
        self._known: dict[bytes, tuple[Judged, Written]] = {}

    def judge(self, turn: Sound) -> Judged:
        return self._of(turn)[0]

    def write(self, turn: Sound) -> Written:
        return self._of(turn)[1]

    def ending(self, text: str) -> tuple[float | None, float]:
        return self._model.ending(text)

    def _of(self, turn: Sound) -> tuple[Judged, Written]:
        key = turn.tobytes()
        if key not in self._known:
            self._known[key] = (
                timed(lambda: self._detector.probability(turn)),
                timed(lambda: self._text(turn)),
            )
        return self._known[key]

    def _text(self, turn: Sound) -> str:
        clip = AudioClip(turn.tobytes(), RATE)
        said = self._ears.transcribe(clip, [Span(0.0, clip.seconds)])
        return " ".join(segment.text for segment in said)


class AtOnce:
    """Implements ``Reader``: knows what another one knows before any time has passed."""

    def __init__(self, other: Reader) -> None:
        self._other = other

    def judge(self, turn: Sound) -> Judged:
        return self._other.judge(turn)[0], 0.0

    def write(self, turn: Sound) -> Written:
        return self._other.write(turn)[0], 0.0

    def ending(self, text: str) -> tuple[float | None, float]:
        return self._other.ending(text)[0], 0.0


class Unasked:
    """Implements ``Reader``: as another one, where nobody asks the language model."""

    def __init__(self, other: Reader) -> None:
        self._other = other

    def judge(self, turn: Sound) -> Judged:
        return self._other.judge(turn)

    def write(self, turn: Sound) -> Written:
        return self._other.write(turn)

    def ending(self, text: str) -> tuple[float | None, float]:
        return None, 0.0


class Endings:
    """Of the questions of one dialogue."""

    def __init__(self, studio: Studio, said: Dialogue) -> None:
        ears_worker = EarsWorker(lambda: studio.whisper, studio.scratch / "ears.log")
        with closing(ears_worker) as ears, opinion(studio) as model:
            timed = Timed(studio, ears, model)
            timed.write(said.sound[:RATE])  # loads the model
            timed.judge(said.sound[:RATE])
            self._timed = follow(said.sound, Unasked(timed))
            self._at_once = follow(said.sound, AtOnce(timed))

    def timed(self, asked: Asked) -> Over | None:
        """With the time that the models take, and without thinking ahead: the language model says
        nothing of drafts then. None where no turn ended behind the question."""
        return _ending(asked, self._timed)

    def at_once(self, asked: Asked) -> Over | None:
        """As if they took none, when answers are thought of ahead."""
        return _ending(asked, self._at_once)


def _ending(asked: Asked, overs: Sequence[Over]) -> Over | None:
    return next((over for over in overs if asked.end <= over.at < asked.next), None)
