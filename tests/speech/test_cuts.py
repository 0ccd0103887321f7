"""What the history keeps of an answer that was interrupted is what was heard of it."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soxr

from edgeomni.assistant import Assistant
from edgeomni.loops.answer import Answer
from edgeomni.loops.voice import Turn, VoiceLoop
from edgeomni.process.worker import WorkerSpec
from edgeomni.speech.client import ENVIRONMENT
from edgeomni.speech.devices.sound_io import HEARD_RATE, SPOKEN_RATE
from edgeomni.speech.dialogue.manners import Manners
from edgeomni.speech.talk import Device, TalkWish, WorkerTalk
from edgeomni.speech.voices.choice import checked, opened
from edgeomni.speech.wording.clauses import Clauses
from edgeomni.talk_events import Event, FirstAudio, Level
from edgeomni.values import EngineEvent, Finished, Options, Receipt, TextDelta
from tests.fakes import ScriptedEngine
from tests.speech.sounds import Sound, read_wav, write_wav

pytestmark = [pytest.mark.slow, pytest.mark.models]

_log = logging.getLogger(__name__)
CUTS = 50
TURNS = 58
"""Some answers are over before they are interrupted."""
ANSWERS = (
    "Once upon a time there was a little dragon who lived in a cave. Every morning it flew over "
    "the green hills and looked for berries. One day it met a young shepherd who had lost her way "
    "in the fog. The dragon showed her the path, and they became good friends.",
    "To bake bread, mix the flour with warm water, a spoon of salt and a little yeast. Let the "
    "dough rest for a night, then bake it in a hot oven until the crust is brown. It keeps for "
    "about a week.",
    "The Moon is about 384,400 km away from the Earth. Light needs a little more than 1 second for "
    "that way, and the first people who went there needed three days. Nobody has been there for a "
    "long time.",
    "Photosynthesis turns carbon dioxide and water into sugar and oxygen. The green in the leaves "
    "takes up light, mostly red and blue, which is why they look green to us.",
    "I am sorry to hear that. It may help to drink some tea, to rest, and to talk with a friend. "
    "If it does not get better within a week, please see a doctor.",
)
QUESTIONS = ("Please tell me about it.", "What do you know about that?", "Can you explain this?")
FIRST, LAST = 1.2, 7.0
"""Seconds of an answer after which it is interrupted."""
EARLY = 0.06
"""Seconds by which Whisper's alignment comes before espeak-ng's own times of the same words."""
FALSE_START = 2
"""Words."""
DOUBTFUL = 1
"""Of the cuts, those whose alignment may itself be off by a word."""
_AUDIBLE = 0.004
_BEFORE = 0.03


@dataclass
class Face:
    """Types stop when that is planned; remembers what was heard."""

    stop_after: Callable[[], float]
    """Seconds of the answer that begins now."""
    hush: Callable[[], None] = lambda: None
    turns: list[Turn] = field(default_factory=list)
    begun: list[float] = field(default_factory=list)
    """When answers began to be heard."""

    def __post_init__(self) -> None:
        self._blocks = self._due = 0.0

    def event(self, event: Event) -> None:
        match event:
            case FirstAudio(at):
                self.begun.append(at)
                self._due = self.stop_after()
            case Level() if self._due > 0:
                self._due -= 0.096
                if self._due <= 0:
                    self.hush()

    def answer(self, event: EngineEvent) -> None:
        return None

    def asked(self, text: str) -> None:
        return None

    def turn(self, turn: Turn) -> None:
        self.turns.append(turn)

    def failed(self, answer: Answer) -> None:
        raise AssertionError(answer.error)


@dataclass(frozen=True)
class Plan:
    """A conversation in which every answer is interrupted, and how each is."""

    sound: Sound
    typed: list[bool]


def planned(say: Callable[[str], Sound], chance: random.Random, count: int) -> Plan:
    """Stopped by a word, by the next question, or by a key, in any order."""
    parts = [quiet(0.5)]
    typed = []
    for number in range(count):
        parts.append(say(QUESTIONS[number % len(QUESTIONS)]))
        kind = chance.choice(("word", "question", "key"))
        typed.append(kind == "key")
        parts.append(quiet(0.4 + chance.uniform(FIRST, LAST)))
        if kind == "word":
            parts += [say("Stop!"), quiet(1.5)]
        elif kind == "key":
            parts.append(quiet(LAST))
    return Plan(np.concatenate([*parts, quiet(12.0)]), typed)


def quiet(seconds: float) -> Sound:
    count = round(seconds * SPOKEN_RATE)
    return np.random.default_rng(count).normal(0, 0.0005, count).astype(np.float32)


@dataclass(frozen=True)
class Clause:
    words: int
    sound: Sound
    middles: list[float]
    """Of each of its words, as it is spoken, in seconds of its sound."""

    def heard(self, seconds: float) -> int:
        """Written words of which more than half was heard."""
        spoken = sum(middle <= seconds for middle in self.middles)
        return round(spoken * self.words / len(self.middles))


class Aligner:
    """Finds out when each word of a known text is said."""

    def __init__(self, folder: Path) -> None:
        from faster_whisper import WhisperModel
        from faster_whisper.tokenizer import Tokenizer

        self._model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
        self._tokenizer = Tokenizer(self._model.hf_tokenizer, False)

    def middles(self, text: str, sound: Sound) -> list[float]:
        """Of the words of a text, in seconds."""
        from faster_whisper.audio import pad_or_trim

        heard = soxr.resample(sound, SPOKEN_RATE, HEARD_RATE).astype(np.float32)
        features = self._model.feature_extractor(heard, padding=160)
        encoded = self._model.encode(pad_or_trim(features))
        tokens = self._tokenizer.encode(f" {text}")
        found: list[Any] = self._model.find_alignment(
            self._tokenizer, [tokens], encoded, features.shape[-1]
        )[0]
        words: list[list[float]] = []
        for part in found:
            if part["word"].startswith(" ") or not words:
                words.append([part["start"], part["end"]])
            elif any(map(str.isalnum, part["word"])):
                words[-1][1] = part["end"]
        return [(start + end) / 2 + EARLY for start, end in words]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("voice", ["heart", "system"])
def test_of_fifty_interrupted_answers_the_history_keeps_the_words_that_were_heard(
    voice: str, whisper: Callable[[str], Path], tmp_path: Path
) -> None:
    chance = random.Random(5)
    say = cache(checked(opened("heart", print), 1.0))
    plan = planned(say, chance, TURNS)
    texts = [ANSWERS[number % len(ANSWERS)] for number in range(TURNS)]
    script: list[Any] = [
        [*(TextDelta(f"{w} ") for w in text.split()), Finished(Receipt())] for text in texts
    ]
    stops = iter([chance.uniform(FIRST, LAST) if typed else 0.0 for typed in plan.typed])
    question, answer = tmp_path / "question.wav", tmp_path / "answer.wav"
    write_wav(question, np.clip(plan.sound, -1, 1), SPOKEN_RATE)
    wish = TalkWish(
        *(whisper("tiny.en"), whisper("smart-turn") / "smart-turn-v3.2-cpu.onnx"),
        Manners(lockstep=True),
        Device(file=question),
        Device(file=answer),
        voice=voice,
    )
    talk = WorkerTalk(WorkerSpec("speech", tmp_path / "log", ENVIRONMENT), wish)
    face = Face(lambda: next(stops), talk.hush)
    assistant = Assistant(ScriptedEngine(script=script))
    VoiceLoop(talk, assistant, Options(), face, ahead=False, timed=False).run()
    talk.close()
    heard = read_wav(answer)
    silences = [*face.begun[1:], len(heard) / SPOKEN_RATE]
    aligner = Aligner(whisper("tiny.en"))
    speak = checked(opened(voice, print), 1.0)
    clauses = cache(lambda text: list(clauses_of(text, speak, aligner)))
    differences = []
    for turn, text, begin, end in zip(face.turns, texts, face.begun, silences, strict=True):
        if turn.interrupted:
            seconds = sounding(
                heard[round((begin - 0.3) * SPOKEN_RATE) : round((end - 0.1) * SPOKEN_RATE)]
            )
            words = len(turn.answered.split())
            differences.append(words - words_within(seconds, clauses(text)))
    kept = [m.text for m in assistant.history if m.role == "assistant"]
    answered = [turn.answered for turn in face.turns]
    # Of a question whose answer had hardly begun nothing is kept: the next one goes on with it.
    assert kept == [text for text in answered if len(text.split()) > FALSE_START]
    _log.info("%s, words kept beyond those heard: %s", voice, differences)
    assert len(differences) >= CUTS
    assert max(map(abs, differences)) <= 2
    assert sum(abs(difference) > 1 for difference in differences) <= DOUBTFUL, differences


def clauses_of(text: str, speak: Callable[[str], Sound], aligner: Aligner) -> Iterator[Clause]:
    whole = f"{text} "
    cut = Clauses()
    for piece in [*cut.feed(whole), *cut.end()]:
        sound = speak(piece.spoken)
        words = len(whole[piece.start : piece.end].split())
        yield Clause(words, sound, aligner.middles(piece.spoken, sound))


def sounding(recorded: Sound) -> float:
    """Seconds from the first sound to the last, with what every voice has before its first."""
    first = np.flatnonzero(np.abs(recorded) > _AUDIBLE)[0]
    # It is played quietly while somebody begins to speak over it; silence is nothing but zeros.
    last = np.flatnonzero(np.abs(recorded) > _AUDIBLE / 8)[-1]
    return float(last - first) / SPOKEN_RATE + _BEFORE


def words_within(seconds: float, clauses: list[Clause]) -> int:
    words = 0
    for clause in clauses:
        words += clause.heard(seconds) if seconds > 0 else 0
        seconds -= len(clause.sound) / SPOKEN_RATE
    return words
