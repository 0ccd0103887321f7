"""What is seen is read aloud: what is new is said now."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import Queue

import pytest

from edgeomni.errors import DeviceError
from edgeomni.loops.acts.aloud import Aloud
from edgeomni.ports import Cancel
from edgeomni.values import Segment
from tests.fakes import HummingMouth
from tests.loops.doubles import PATIENCE

pytestmark = pytest.mark.usefixtures("errors_of_threads")


class LongMouth(HummingMouth):
    """Says every text until it is cancelled, or allowed to end."""

    def __init__(self, error: DeviceError | None = None) -> None:
        super().__init__()
        self.begun, self.cut = Queue[str](), Queue[str]()
        self._broken = error

    def play(
        self, text: str, *, voice: str = "", rate: float = 1.0, cancel: Cancel | None = None
    ) -> Iterator[Segment]:
        if self._broken:
            raise self._broken
        assert cancel is not None
        over = threading.Event()
        cancel.subscribe(over.set)
        self.begun.put(text)
        yield Segment(0.0, 1.0, text)
        assert over.wait(PATIENCE)
        self.cut.put(text)

    def next(self) -> str:
        return self.begun.get(timeout=PATIENCE)


@pytest.fixture
def mouth() -> LongMouth:
    return LongMouth()


@pytest.fixture
def aloud(mouth: LongMouth) -> Iterator[Aloud]:
    made = Aloud(lambda: mouth, print)
    yield made
    made.close()


def test_a_newer_text_cuts_the_older_one(aloud: Aloud, mouth: LongMouth) -> None:
    aloud.say("A cat.")
    assert mouth.next() == "A cat."
    aloud.say("A dog.")
    assert mouth.cut.get(timeout=PATIENCE) == "A cat."
    assert mouth.next() == "A dog."


def test_of_texts_that_come_together_only_the_newest_waits(aloud: Aloud, mouth: LongMouth) -> None:
    aloud.say("A cat.")
    mouth.next()
    with aloud._change:  # the voice cannot take anything meanwhile
        for text in ("A dog.", "A bird.", "A fish."):
            aloud.say(text)
    assert mouth.next() == "A fish."
    assert mouth.begun.empty()


def test_what_was_asked_for_is_not_cut_by_what_was_not(aloud: Aloud, mouth: LongMouth) -> None:
    aloud.say("It is red.", urgent=True)
    mouth.next()
    aloud.say("A dog.")
    assert mouth.cut.empty()
    aloud.say("It is blue.", urgent=True)
    assert mouth.next() == "It is blue."


def test_it_falls_silent_when_it_is_asked_to_and_speaks_again(
    aloud: Aloud, mouth: LongMouth
) -> None:
    aloud.say("A cat.")
    mouth.next()
    aloud.hush()
    assert mouth.cut.get(timeout=PATIENCE) == "A cat."
    aloud.say("A dog.")
    assert mouth.next() == "A dog."


def test_the_end_silences_and_nothing_is_said_behind_it(mouth: LongMouth) -> None:
    aloud = Aloud(lambda: mouth, print)
    aloud.say("A cat.")
    mouth.next()
    aloud.close()
    aloud.say("A dog.")
    assert mouth.cut.get(timeout=PATIENCE) == "A cat."
    assert mouth.begun.empty()


def test_a_voice_that_fails_is_told_once_and_harms_nothing() -> None:
    told = Queue[str]()
    aloud = Aloud(
        lambda: LongMouth(DeviceError("No loudspeaker.", remedy="Connect one.")), told.put
    )
    aloud.say("A cat.")
    line = told.get(timeout=PATIENCE)
    assert line == "No loudspeaker. From here on nothing is read aloud. Connect one."
    aloud.say("A dog.")
    aloud.close()
    assert told.empty()


def test_who_waits_to_the_end_has_heard_all() -> None:
    mouth = HummingMouth()
    aloud = Aloud(lambda: mouth, print)
    aloud.say("A cat.")
    aloud.finish()
    assert [text for text, *_ in mouth.asked] == ["A cat."]
    aloud.close()


def test_silence_ends_the_waiting(aloud: Aloud, mouth: LongMouth) -> None:
    aloud.say("A cat.")
    mouth.next()
    aloud.hush()
    aloud.finish()
