"""Whoever waits for an answer goes before whoever watches."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from edgeomni.loops.watch.yielding import YieldingEngine
from edgeomni.ports import Cancel
from edgeomni.values import Finished, Lane, Message, Options, TextDelta
from tests.fakes import EchoEngine
from tests.loops.watch.doubles import PATIENCE

LONG = [Message("user", ("one two three four",))]


class Stage:
    """An engine that stands still at its second word until it is let go, or cancelled."""

    def __init__(self) -> None:
        self.reached, self.go = threading.Event(), threading.Event()
        self.order: list[str] = []
        self.engine = YieldingEngine(EchoEngine(before_word=self._wait))

    def _wait(self, index: int, cancel: Cancel | None) -> None:
        if index == 1 and not self.reached.is_set():
            self.reached.set()
            assert cancel is not None
            undo = cancel.subscribe(self.go.set)
            assert self.go.wait(PATIENCE)
            undo()

    def stream(self, lane: Lane, cancel: Cancel | None = None) -> str:
        events = [*self.engine.stream(LONG, Options(), lane=lane, cancel=cancel)]
        self.order.append(lane)
        assert isinstance(events[-1], Finished)
        return events[-1].receipt.finish_reason

    def prefill(self) -> None:
        self.engine.prefill(LONG)
        self.order.append("prefill")


@pytest.fixture
def stage(errors_of_threads: None) -> Stage:
    return Stage()


def begun(stage: Stage, work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert stage.reached.wait(PATIENCE)
    return thread


def ended(*threads: threading.Thread) -> None:
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_a_question_ends_a_look(stage: Stage) -> None:
    reasons: list[str] = []
    cancel = Cancel()
    look = begun(stage, lambda: reasons.append(stage.stream("watch", cancel)))
    assert stage.stream("chat") == "stop"
    ended(look)
    assert (reasons, cancel.asked) == (["cancelled"], True)


def test_what_is_evaluated_ahead_ends_a_look_too(stage: Stage) -> None:
    look = begun(stage, lambda: stage.stream("watch"))
    stage.prefill()
    ended(look)
    assert stage.order == ["watch", "prefill"]


def test_a_look_waits_for_the_end_of_an_answer(stage: Stage) -> None:
    reasons: list[str] = []
    answer = begun(stage, lambda: reasons.append(stage.stream("chat")))
    look = threading.Thread(target=lambda: reasons.append(stage.stream("watch")), daemon=True)
    look.start()
    assert not stage.go.is_set()
    stage.go.set()
    ended(answer, look)
    assert (stage.order, reasons) == (["chat", "watch"], ["stop", "stop"])


def test_an_answer_that_nobody_wants_any_more_lets_the_next_one_go(stage: Stage) -> None:
    events = stage.engine.stream(LONG, Options())
    assert next(events) == TextDelta("one")
    events.close()  # type: ignore[attr-defined]
    stage.reached.set()
    assert stage.stream("watch") == "stop"


def test_all_else_reaches_the_engine(stage: Stage, tmp_path) -> None:
    assert stage.engine.abilities().model == "echo"
    assert stage.engine.media_tokens([(1, 1)]) is None
    assert stage.engine.ending(LONG) is None
    stage.engine.save("chat", tmp_path / "kv")
    assert stage.engine.restore("chat", tmp_path / "kv") > 0


def test_what_the_engine_can_do_may_be_asked_in_the_middle_of_an_answer() -> None:
    engine = YieldingEngine(EchoEngine())
    events = engine.stream(LONG, Options())
    next(events)
    assert engine.abilities().model == "echo"
    assert isinstance([*events][-1], Finished)
