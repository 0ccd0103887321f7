"""An answer is thought of at once, heard when it is released, and cut to what was heard."""

from __future__ import annotations

import threading

import pytest

from edgeomni.assistant import Assistant
from edgeomni.errors import EngineError, WorkerDied
from edgeomni.loops.answer import Answer, Question, Way
from edgeomni.ports import Cancel
from edgeomni.values import Finished, Image, Notice, Options, Part, Receipt, TextDelta
from tests.fakes import EchoEngine, ScriptedEngine
from tests.loops.doubles import PATIENCE, ScriptedTalk, Witness

pytestmark = pytest.mark.usefixtures("errors_of_threads")

DONE = Finished(Receipt())
TWO = "Berlin has many lakes. They are cold in winter."


@pytest.fixture
def talk() -> ScriptedTalk:
    return ScriptedTalk()


@pytest.fixture
def witness() -> Witness:
    return Witness()


def answer(
    engine: EchoEngine, talk: ScriptedTalk, witness: Witness, asked: str = "Well?"
) -> Answer:
    return Answer(Assistant(engine), talk, witness, Question(asked), Way(Options()))


def test_it_is_thought_of_before_it_is_released(talk: ScriptedTalk, witness: Witness) -> None:
    engine = EchoEngine()
    thought = answer(engine, talk, witness, TWO)
    thought._thread.join(PATIENCE)
    assert (thought.text, talk.wishes, witness.told) == (TWO, [], [])


def test_released_all_of_it_is_handed_over_in_order(talk: ScriptedTalk, witness: Witness) -> None:
    thought = answer(EchoEngine(), talk, witness, TWO)
    thought._thread.join(PATIENCE)
    thought.release()
    assert talk.wishes == ["0: Berlin has many lakes.", "1: They are cold in winter.", "finish"]
    assert witness.text == TWO


def test_released_at_first_its_pieces_come_as_they_are_ready(
    talk: ScriptedTalk, witness: Witness
) -> None:
    rest = threading.Event()

    def before(index: int, cancel: Cancel | None) -> None:
        if index == 6:
            assert rest.wait(PATIENCE)

    thought = answer(EchoEngine(before_word=before), talk, witness, TWO)
    thought.release()
    talk.said()
    early = list(talk.wishes)
    rest.set()
    talk.finished()
    assert early == ["0: Berlin has many lakes."]
    assert talk.wishes[1:] == ["1: They are cold in winter.", "finish"]


def test_stopped_it_thinks_no_further(talk: ScriptedTalk, witness: Witness) -> None:
    begun = threading.Event()

    def before(index: int, cancel: Cancel | None) -> None:
        begun.set()
        assert cancel
        while index == 2 and not cancel.asked:
            assert cancel_asked.wait(PATIENCE)

    cancel_asked = threading.Event()
    thought = answer(EchoEngine(before_word=before), talk, witness, TWO)
    assert begun.wait(PATIENCE)
    thought._cancel.subscribe(cancel_asked.set)
    thought.stop()
    assert thought.text == "Berlin has"


def test_stopped_before_it_is_released_nothing_is_said(
    talk: ScriptedTalk, witness: Witness
) -> None:
    thought = answer(EchoEngine(), talk, witness, TWO)
    thought.stop()
    assert (talk.wishes, witness.told) == ([], [])


@pytest.mark.parametrize(
    ("piece", "share", "heard"),
    [
        (-1, 0.0, ""),
        (0, 0.0, ""),
        (0, 0.5, "Berlin has"),
        (0, 1.0, "Berlin has many lakes."),
        (1, 0.0, "Berlin has many lakes. "),
        (1, 0.4, "Berlin has many lakes. They are"),
        (1, 1.0, TWO),
        (2, 0.5, ""),
    ],
)
def test_what_was_heard_is_told_in_whole_words(
    talk: ScriptedTalk, witness: Witness, piece: int, share: float, heard: str
) -> None:
    thought = answer(EchoEngine(), talk, witness, TWO)
    thought.release()
    talk.finished()
    assert thought.heard_until(piece, share) == heard


@pytest.mark.parametrize("error", [WorkerDied("gone"), EngineError("no")])
def test_an_error_of_the_engine_is_kept_and_the_answer_is_over(
    talk: ScriptedTalk, witness: Witness, error: EngineError
) -> None:
    thought = answer(ScriptedEngine(script=[[TextDelta("Once upon"), error]]), talk, witness)
    thought.release()
    talk.finished()
    assert thought.error is error
    assert talk.wishes == ["0: Once upon", "finish"]


def test_an_error_that_nobody_expected_does_not_keep_the_conversation_waiting(
    talk: ScriptedTalk, witness: Witness
) -> None:
    def before(index: int, cancel: Cancel | None) -> None:
        raise ValueError("what?")

    thought = answer(EchoEngine(before_word=before), talk, witness)
    thought.release()
    talk.finished()
    assert isinstance(thought.error, EngineError)


def test_an_answer_without_words_is_over(talk: ScriptedTalk, witness: Witness) -> None:
    thought = answer(ScriptedEngine(script=[[DONE]]), talk, witness)
    thought.release()
    talk.finished()
    assert talk.wishes == ["finish"]


def test_notices_are_told_with_the_words(talk: ScriptedTalk, witness: Witness) -> None:
    script = [[Notice("trimmed", "History was cut."), TextDelta("Yes."), DONE]]
    thought = answer(ScriptedEngine(script=script), talk, witness)
    thought.release()
    talk.finished()
    assert [type(event) for event in witness.told] == [Notice, TextDelta, Finished]


def test_what_is_shown_stands_before_the_words(talk: ScriptedTalk, witness: Witness) -> None:
    engine, picture = EchoEngine(), Image(bytes(3), 1, 1)
    parts: list[Part] = [picture]
    way = Way(Options(), lambda: parts)
    thought = Answer(Assistant(engine), talk, witness, Question("What?"), way)
    thought._thread.join(PATIENCE)
    assert engine.asked[0][-1].parts == (picture, "What?")


def test_its_moments_are_known(talk: ScriptedTalk, witness: Witness) -> None:
    thought = answer(EchoEngine(), talk, witness, TWO)
    thought._thread.join(PATIENCE)
    assert 0 < thought.first_token <= thought.first_piece
    assert thought.receipt
