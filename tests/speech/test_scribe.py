"""What is understood first, what is forgotten, and what becomes of failures."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from edgeomni.errors import EngineError, ModelError
from edgeomni.speech.devices.sound_io import Samples
from edgeomni.speech.ears import scribe as scribe_module
from edgeomni.speech.ears.scribe import (
    Failed,
    Judged,
    Note,
    Scribe,
    Sketched,
    Understanding,
    Written,
)
from tests.speech.doubles import PATIENCE

SOUND = np.zeros(16, np.float32)


class HandMind:
    """Implements ``Understanding``; works only while its gate is open."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.begun: queue.Queue[str] = queue.Queue()
        self.complete_at: float | None = 0.9
        self.fault: Exception | None = None

    def sketch(self, turn: Samples) -> str:
        self._at("sketch")
        return "so far"

    def write(self, turn: Samples) -> str:
        self._at("write")
        return "all of it"

    def complete(self, turn: Samples) -> float | None:
        self._at("judge")
        return self.complete_at

    def _at(self, work: str) -> None:
        self.begun.put(work)
        assert self.gate.wait(PATIENCE)
        if self.fault:
            raise self.fault


@pytest.fixture
def mind() -> HandMind:
    return HandMind()


@pytest.fixture
def told() -> queue.Queue[Note]:
    return queue.Queue()


@pytest.fixture
def scribe(mind: HandMind, told: queue.Queue[Note]) -> Iterator[Scribe]:
    made = Scribe(lambda: mind, told.put)
    yield made
    mind.gate.set()
    made.close()


def busy(scribe: Scribe, mind: HandMind) -> None:
    """From now on it works on a first transcript, until the gate is opened."""
    mind.gate.clear()
    scribe.write(1, SOUND)
    assert mind.begun.get(timeout=PATIENCE) == "write"


def notes(told: queue.Queue[Note], count: int) -> list[Note]:
    return [told.get(timeout=PATIENCE) for _ in range(count)]


@pytest.mark.parametrize(
    ("ask", "note"),
    [
        (lambda scribe: scribe.sketch(3, SOUND), Sketched(3, "so far")),
        (lambda scribe: scribe.write(3, SOUND), Written(3, "all of it")),
        (lambda scribe: scribe.judge(3, SOUND), Judged(3, 0.9)),
    ],
    ids=["sketch", "transcript", "judgement"],
)
def test_what_is_asked_is_told(
    scribe: Scribe, told: queue.Queue[Note], ask: Callable[[Scribe], None], note: Note
) -> None:
    ask(scribe)
    assert notes(told, 1) == [note]


def test_without_a_detector_nothing_is_judged(
    scribe: Scribe, mind: HandMind, told: queue.Queue[Note]
) -> None:
    mind.complete_at = None
    scribe.judge(1, SOUND)
    scribe.write(2, SOUND)
    assert notes(told, 1) == [Written(2, "all of it")]


def test_a_sketch_makes_way_for_a_transcript(
    scribe: Scribe, mind: HandMind, told: queue.Queue[Note]
) -> None:
    busy(scribe, mind)
    scribe.sketch(1, SOUND)
    scribe.write(2, SOUND)
    mind.gate.set()
    assert [type(note) for note in notes(told, 2)] == [Written, Written]
    scribe.sketch(2, SOUND)
    assert notes(told, 1) == [Sketched(2, "so far")]


def test_only_the_newest_sketch_is_made(
    scribe: Scribe, mind: HandMind, told: queue.Queue[Note]
) -> None:
    busy(scribe, mind)
    for turn in (1, 2, 3):
        scribe.sketch(turn, SOUND)
    mind.gate.set()
    assert notes(told, 2)[1] == Sketched(3, "so far")


def test_a_transcript_that_nobody_wants_any_more_is_not_begun(
    scribe: Scribe, mind: HandMind, told: queue.Queue[Note]
) -> None:
    busy(scribe, mind)
    scribe.write(2, SOUND)
    scribe.write(3, SOUND)
    scribe.forget(2)
    mind.gate.set()
    assert [note.pause for note in notes(told, 2) if isinstance(note, Written)] == [1, 3]


def test_a_transcript_tells_what_it_took(
    scribe: Scribe,
    mind: HandMind,
    told: queue.Queue[Note],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter((7.0, 7.25))
    monkeypatch.setattr(scribe_module.time, "perf_counter", lambda: next(clock))
    scribe.write(1, SOUND)
    (note,) = notes(told, 1)
    assert isinstance(note, Written)
    assert note.took == 0.25


def test_it_is_idle_when_nothing_is_under_way(
    scribe: Scribe, mind: HandMind, told: queue.Queue[Note]
) -> None:
    before = scribe.idle
    busy(scribe, mind)
    assert (before, scribe.idle) == (True, False)


def test_it_is_not_idle_while_something_waits(scribe: Scribe, mind: HandMind) -> None:
    busy(scribe, mind)
    scribe.sketch(1, SOUND)
    assert not scribe.idle


@pytest.mark.parametrize("fault", [ModelError("Broken."), RuntimeError("native")])
def test_a_transcript_that_fails_is_told_with_its_pause(
    scribe: Scribe, mind: HandMind, told: queue.Queue[Note], fault: Exception
) -> None:
    mind.fault = fault
    scribe.write(5, SOUND)
    (note,) = notes(told, 1)
    assert isinstance(note, Failed)
    assert note.pause == 5


def test_nobody_waits_for_a_judgement_that_fails(
    scribe: Scribe, mind: HandMind, told: queue.Queue[Note]
) -> None:
    mind.fault = RuntimeError("native")
    scribe.judge(5, SOUND)
    assert [note.pause for note in notes(told, 1) if isinstance(note, Failed)] == [None]


def test_after_a_failure_it_works_on(
    scribe: Scribe, mind: HandMind, told: queue.Queue[Note]
) -> None:
    mind.fault = RuntimeError("native")
    scribe.write(1, SOUND)
    notes(told, 1)
    mind.fault = None
    scribe.write(2, SOUND)
    assert notes(told, 1) == [Written(2, "all of it")]


def test_models_that_cannot_be_loaded_are_tried_again(told: queue.Queue[Note]) -> None:
    tries: list[Understanding | Exception] = [EngineError("No memory."), HandMind()]

    def make() -> Understanding:
        made = tries.pop(0)
        if isinstance(made, Exception):
            raise made
        return made

    scribe = Scribe(make, told.put)
    scribe.write(1, SOUND)
    scribe.write(2, SOUND)
    assert [type(note) for note in notes(told, 2)] == [Failed, Written]
    scribe.close()


def test_once_closed_nothing_is_told(
    scribe: Scribe, mind: HandMind, told: queue.Queue[Note]
) -> None:
    busy(scribe, mind)
    scribe.close()
    mind.gate.set()
    scribe._thread.join(PATIENCE)
    assert told.empty()
