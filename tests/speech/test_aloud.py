"""A text read aloud: clause by clause, what fails left out, the loudspeaker never far behind."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from edgeomni.errors import DeviceError, EngineError
from edgeomni.speech.devices.sound_io import SPOKEN_RATE, Samples
from edgeomni.speech.voices.aloud import Said, play, read
from edgeomni.speech.wording.clauses import Piece

TEXT = "First of all. Then **this**. Last one."


@dataclass
class Deck:
    """A loudspeaker and its clock: waiting is what makes time, and sound, go on."""

    speed: float = 1.0
    time: float = 0.0
    queued: int = 0
    heard: int = 0
    most_ahead: int = 0
    log: list[str] = field(default_factory=list)
    underruns: int = 0

    def now(self) -> float:
        return self.time

    def wait_until(self, moment: float) -> None:
        self.heard += round((moment - self.time) * SPOKEN_RATE * self.speed)
        self.heard = min(self.heard, self.queued)
        self.time = moment

    def play(self, samples: Samples) -> None:
        self.queued += len(samples)
        self.most_ahead = max(self.most_ahead, self.queued - self.heard)
        self.log.append("play")

    def hush(self) -> None:
        self.log.append("hush")

    def duck(self, on: bool) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


def said(*seconds: float) -> list[Said]:
    sounds = [np.ones(int(length * SPOKEN_RATE), np.float32) for length in seconds]
    return [Said(Piece(n, n + 1, f"clause {n}"), sound) for n, sound in enumerate(sounds)]


def never() -> bool:
    return False


def test_each_clause_is_said_as_it_is_spoken() -> None:
    heard = list(read(TEXT, lambda text: np.ones(len(text), np.float32), print))
    assert [clause.piece.spoken for clause in heard] == ["First of all.", "Then this.", "Last one."]
    assert [len(clause.sound) for clause in heard] == [13, 10, 9]


def test_a_clause_that_fails_is_told_and_left_out() -> None:
    def say(text: str) -> Samples:
        if "this" in text:
            raise EngineError("It could not be spoken.")
        return np.ones(1, np.float32)

    told: list[str] = []
    heard = [clause.piece.spoken for clause in read(TEXT, say, told.append)]
    assert heard == ["First of all.", "Last one."]
    assert told == ["It could not be spoken."]


def test_the_first_clause_is_there_before_the_second_is_made() -> None:
    made: list[str] = []

    def say(text: str) -> Samples:
        made.append(text)
        return np.ones(1, np.float32)

    next(read(TEXT, say, print))
    assert made == ["First of all."]


def test_it_returns_once_all_was_heard() -> None:
    deck = Deck()
    clauses = said(1.0, 2.0)
    assert list(play(iter(clauses), deck, deck, never)) == clauses
    assert deck.heard == deck.queued == 3 * SPOKEN_RATE


def test_a_book_is_not_synthesised_at_once() -> None:
    deck = Deck()
    list(play(iter(said(*[4.0] * 20)), deck, deck, never))
    assert deck.most_ahead <= 14.1 * SPOKEN_RATE


def test_a_stop_is_obeyed_in_the_middle_of_a_clause() -> None:
    deck = Deck()
    list(play(iter(said(5.0)), deck, deck, lambda: deck.heard > SPOKEN_RATE))
    assert deck.log == ["play", "hush"]
    assert deck.heard < 1.1 * SPOKEN_RATE


def test_a_loudspeaker_that_stands_still_is_given_up() -> None:
    deck = Deck(speed=0.0)
    with pytest.raises(DeviceError, match="played nothing for 5 s"):
        list(play(iter(said(1.0)), deck, deck, never))
