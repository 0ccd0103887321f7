"""A conversation that is not thought of ahead, and its stages, each by itself: what V6 compares."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.voice.alone import TRIES
from benchmarks.voice.dialogue import SYSTEM, Dialogue
from benchmarks.voice.sides import MAX_TOKENS, Held, held_by_us
from benchmarks.voice.studio import AUDIBLE, SPOKEN_RATE, Studio
from edgeomni.build import Home, build, read_settings
from edgeomni.loops.answer import Answer
from edgeomni.loops.voice import Turn, VoiceLoop
from edgeomni.speech.dialogue.manners import Manners
from edgeomni.speech.talk import Device, TalkWish
from edgeomni.speech.wording.clauses import Clauses
from edgeomni.talk_events import Event, FirstAudio, Ready, Utterance
from edgeomni.values import EngineEvent, Finished, Message, TextDelta

_TOLD = {Ready: "ready", Utterance: "utterance", FirstAudio: "first_audio"}
_OTHER = "You know nothing of what was said before."


@dataclass(frozen=True)
class Clause:
    """The first clause of an answer, made while nothing else went on. Times in milliseconds."""

    text: str
    took: float
    sound: float
    """From the clause to its first audible sample."""
    evaluated: int
    """Tokens of the prompt that were not in the cache."""


class Witness:
    """Implements ``Face``: keeps what happens, as ``edgeomni talk --json`` tells it."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.evaluated: list[int] = []
        """Tokens of each prompt that were not in the cache."""

    def event(self, event: Event) -> None:
        if name := _TOLD.get(type(event)):
            self.events.append({"event": name, **asdict(event)})

    def answer(self, event: EngineEvent) -> None:
        if isinstance(event, Finished):
            self.evaluated.append(_evaluated(event))

    def asked(self, text: str) -> None:
        return None

    def turn(self, turn: Turn) -> None:
        self.events.append({"event": "turn", **asdict(turn)})

    def failed(self, answer: Answer) -> None:
        assert answer.error is not None
        raise answer.error


def _evaluated(answer: Finished) -> int:
    return answer.receipt.prompt_tokens - answer.receipt.cached_tokens


def home(studio: Studio) -> Home:
    flags = {"model": studio.brain, "system": SYSTEM, "temperature": "0"}
    return build(read_settings({**flags, "max_tokens": str(MAX_TOKENS)}))


def lead(at: Home, studio: Studio, said: Dialogue, answers: Path) -> tuple[Held, Witness]:
    """At the pace of life; whoever answers begins when the turn is over and understood."""
    wish = TalkWish(
        studio.whisper,
        studio.detector,
        Manners(),
        microphone=Device(file=said.file),
        speaker=Device(file=answers),
    )
    witness = Witness()
    talk = at.make_talk(wish)
    try:
        VoiceLoop(talk, at.assistant, at.settings.options(), witness, ahead=False).run()
    finally:
        talk.close()
    return held_by_us(said, answers, tuple(witness.events)), witness


def first_clauses(at: Home, questions: Sequence[str]) -> list[Clause]:
    """One after the other, as in the conversation, which the engine has forgotten by then."""
    at.mouth.warm()
    return [_middle(tries) for tries in zip(*_tries(at, questions), strict=True)]


def _tries(at: Home, questions: Sequence[str]) -> Iterator[list[Clause]]:
    for _ in range(TRIES):
        at.engine.prefill((Message("system", (_OTHER,)), Message("user", (_OTHER,))))
        at.assistant.clear()
        yield [_first_clause(at, question) for question in questions]


def _middle(tries: Sequence[Clause]) -> Clause:
    took, sound = (median(getattr(each, name) for each in tries) for name in ("took", "sound"))
    return replace(tries[0], took=took, sound=sound)


def _first_clause(at: Home, question: str) -> Clause:
    clauses, pieces, took, evaluated = Clauses(), [], 0.0, 0
    began = time.perf_counter()
    for event in at.assistant.reply((question,), at.settings.options()):
        if isinstance(event, TextDelta):
            pieces += clauses.feed(event.text)
        elif isinstance(event, Finished):
            evaluated = _evaluated(event)
            pieces += clauses.end()
        if pieces and not took:
            took = time.perf_counter() - began
    text = pieces[0].spoken if pieces else ""
    return Clause(text, took * 1000, _sound(at, text) if text else 0.0, evaluated)


def _sound(at: Home, text: str) -> float:
    began = time.perf_counter()
    clip = next(at.mouth.say(text))
    made = time.perf_counter() - began
    samples = np.frombuffer(clip.samples, np.float32)
    silent = int(np.argmax(np.abs(samples) > AUDIBLE)) / SPOKEN_RATE
    return (made + silent) * 1000
