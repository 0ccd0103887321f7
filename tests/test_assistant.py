"""What a conversation remembers: of good answers, of stopped ones, of broken ones, of none."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from edgeomni.assistant import Assistant
from edgeomni.errors import AbilityMissing, UnfitAnswer, UsageError, WorkerDied
from edgeomni.ports import Cancel
from edgeomni.values import (
    EngineEvent,
    Finished,
    Image,
    Message,
    Notice,
    Options,
    Receipt,
    TextDelta,
    ThoughtDelta,
    ToolCall,
)
from tests.fakes import EchoEngine, ScriptedEngine, Step

PLAIN = Options()
DONE = Finished(Receipt())
CANCELLED = Finished(Receipt(finish_reason="cancelled"))


def talk(*script: list[Step]) -> Assistant:
    return Assistant(ScriptedEngine(script=list(script)))


def texts(assistant: Assistant) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in assistant.history]


def ask(assistant: Assistant, text: str) -> list[EngineEvent]:
    return list(assistant.reply([text], PLAIN))


def test_question_and_answer_are_kept_in_order() -> None:
    assistant = talk([TextDelta("It is "), TextDelta("blue."), DONE])
    assert ask(assistant, "Sky?") == [TextDelta("It is "), TextDelta("blue."), DONE]
    assert texts(assistant) == [("user", "Sky?"), ("assistant", "It is blue.")]


def test_the_engine_gets_system_history_and_question() -> None:
    engine = EchoEngine()
    assistant = Assistant(engine, system="Be brief.")
    ask(assistant, "one")
    ask(assistant, "two")
    assert [(m.role, m.text) for m in engine.asked[1]] == [
        ("system", "Be brief."),
        ("user", "one"),
        ("assistant", "one"),
        ("user", "two"),
    ]


def test_without_an_instruction_there_is_no_system_message() -> None:
    engine = EchoEngine()
    ask(Assistant(engine), "one")
    assert [message.role for message in engine.asked[0]] == ["user"]


def test_media_stay_in_the_history_where_they_were_given() -> None:
    picture = Image(bytes(3), 1, 1)
    assistant = talk([TextDelta("black"), DONE])
    list(assistant.reply([picture, "what colour?"], PLAIN))
    assert assistant.history[0].parts == (picture, "what colour?")


def test_thoughts_and_tool_calls_are_kept_apart_from_the_words() -> None:
    call = ToolCall("1", "clock", {})
    assistant = talk([ThoughtDelta("Hm."), TextDelta("Wait."), call, Notice("n", "x"), DONE])
    ask(assistant, "Time?")
    assert assistant.history[1] == Message(
        "assistant", ("Wait.",), thought="Hm.", tool_calls=(call,)
    )


def test_a_stopped_answer_keeps_what_was_said() -> None:
    assistant = talk([TextDelta("Once upon"), CANCELLED])
    ask(assistant, "Tell!")
    assert texts(assistant)[1] == ("assistant", "Once upon")


def test_an_answer_that_breaks_off_keeps_what_was_said() -> None:
    assistant = talk([TextDelta("Once upon"), WorkerDied("gone")])
    with pytest.raises(WorkerDied):
        ask(assistant, "Tell!")
    assert texts(assistant) == [("user", "Tell!"), ("assistant", "Once upon")]


def test_an_answer_that_nobody_reads_to_its_end_keeps_what_was_read() -> None:
    assistant = talk([TextDelta("Once "), TextDelta("upon"), DONE])
    events = assistant.reply(["Tell!"], PLAIN)
    next(events)
    events.close()
    assert texts(assistant)[1] == ("assistant", "Once ")


@pytest.mark.parametrize(
    "step", [AbilityMissing("No eyes."), CANCELLED], ids=["refused", "stopped"]
)
def test_a_turn_in_which_nothing_was_said_leaves_no_trace(step: Step) -> None:
    assistant = talk([TextDelta("hi"), DONE], [step])
    ask(assistant, "hello")
    before = assistant.history
    with contextlib.suppress(AbilityMissing):
        ask(assistant, "look")
    assert assistant.history == before


def test_an_answer_that_is_refused_leaves_no_trace() -> None:
    assistant = talk([TextDelta("{}"), DONE])
    answer = assistant.reply(["a city, please"], PLAIN)
    with pytest.raises(UnfitAnswer):
        for event in answer:
            if event == DONE:
                answer.throw(UnfitAnswer("It is no city."))
    assert texts(assistant) == []


def test_the_old_answer_stays_when_the_new_one_is_refused() -> None:
    assistant = talk([TextDelta("old"), DONE], [TextDelta("new"), DONE])
    ask(assistant, "one")
    answer = assistant.regenerate(PLAIN)
    next(answer)
    with pytest.raises(UnfitAnswer):
        answer.throw(UnfitAnswer("It does not fit."))
    assert texts(assistant) == [("user", "one"), ("assistant", "old")]


def test_an_empty_answer_that_was_finished_is_an_answer() -> None:
    assistant = talk([DONE])
    ask(assistant, "hello")
    assert texts(assistant) == [("user", "hello"), ("assistant", "")]


def test_a_continued_answer_is_kept_whole() -> None:
    assistant = talk([TextDelta(" upon a time"), DONE])
    list(assistant.reply(["Tell!"], Options(continuation="Once")))
    assert texts(assistant)[1] == ("assistant", "Once upon a time")


def test_regenerate_replaces_the_last_answer_only() -> None:
    assistant = talk([TextDelta("a"), DONE], [TextDelta("b"), DONE], [TextDelta("c"), DONE])
    ask(assistant, "1")
    ask(assistant, "2")
    list(assistant.regenerate(PLAIN))
    assert [text for _, text in texts(assistant)] == ["1", "a", "2", "c"]


def test_the_old_answer_stays_when_no_new_one_comes() -> None:
    assistant = talk([TextDelta("a"), DONE], [WorkerDied("gone")])
    ask(assistant, "1")
    with pytest.raises(WorkerDied):
        list(assistant.regenerate(PLAIN))
    assert [text for _, text in texts(assistant)] == ["1", "a"]


def test_regenerate_goes_back_behind_tool_results() -> None:
    call = ToolCall("1", "clock", {})
    assistant = talk([call, DONE], [TextDelta("Noon."), DONE], [TextDelta("12:00"), DONE])
    ask(assistant, "Time?")
    list(assistant.answer_tools([Message("tool", ("12:00",), tool_call_id="1")], PLAIN))
    assert [message.role for message in assistant.history] == [
        "user",
        "assistant",
        "tool",
        "assistant",
    ]
    list(assistant.regenerate(PLAIN))
    assert texts(assistant) == [("user", "Time?"), ("assistant", "12:00")]


def test_there_is_nothing_to_regenerate_at_first() -> None:
    with pytest.raises(UsageError):
        Assistant(EchoEngine()).regenerate(PLAIN)


def test_clear_forgets_the_conversation_and_keeps_the_instruction() -> None:
    assistant = Assistant(EchoEngine(), system="Be brief.")
    ask(assistant, "one")
    assistant.clear()
    assert (assistant.history, assistant.system) == ((), "Be brief.")


def test_cancel_reaches_the_engine() -> None:
    engine = EchoEngine(before_word=lambda index, cancel: cancel.ask() if cancel else None)
    assistant = Assistant(engine)
    (event,) = assistant.reply(["one two"], PLAIN, Cancel())
    assert isinstance(event, Finished)
    assert event.receipt.finish_reason == "cancelled"


def test_a_turn_can_be_taken_back() -> None:
    assistant = Assistant(EchoEngine())
    ask(assistant, "one")
    ask(assistant, "two")
    assistant.take_back()
    assert texts(assistant) == [("user", "one"), ("assistant", "one")]


def test_taken_back_twice_is_taken_back_once() -> None:
    assistant = Assistant(EchoEngine())
    ask(assistant, "one")
    ask(assistant, "two")
    assistant.take_back()
    assistant.take_back()
    assert len(assistant.history) == 2


def test_a_turn_that_left_no_trace_takes_nothing_back() -> None:
    assistant = talk([TextDelta("hi"), DONE], [CANCELLED])
    ask(assistant, "hello")
    ask(assistant, "look")
    assistant.take_back()
    assert texts(assistant) == [("user", "hello"), ("assistant", "hi")]


@pytest.mark.parametrize(
    ("act", "left"),
    [
        (lambda assistant: assistant.clear(), []),
        (lambda assistant: assistant.resume([Message("user", ("old",))]), [("user", "old")]),
    ],
    ids=["cleared", "resumed"],
)
def test_what_was_forgotten_does_not_come_back(
    act: Callable[[Assistant], None], left: list[tuple[str, str]]
) -> None:
    assistant = Assistant(EchoEngine())
    ask(assistant, "one")
    ask(assistant, "two")
    act(assistant)
    assistant.take_back()
    assert texts(assistant) == left


def test_an_answer_is_cut_to_what_was_heard() -> None:
    assistant = talk([ThoughtDelta("Hm."), TextDelta("It is blue."), DONE])
    ask(assistant, "Sky?")
    assistant.cut("It is")
    assert assistant.history[-1] == Message(
        "assistant", ("It is",), thought="Hm.", interrupted=True
    )


def test_without_an_answer_nothing_is_cut() -> None:
    assistant = Assistant(EchoEngine())
    assistant.resume([Message("user", ("old",))])
    assistant.cut("o")
    assert texts(assistant) == [("user", "old")]


def test_what_is_about_to_be_asked_is_prepared_as_it_will_be_asked() -> None:
    engine = EchoEngine()
    assistant = Assistant(engine, system="Be brief.")
    ask(assistant, "one")
    assistant.prepare(["two"])
    events = ask(assistant, "two three")
    assert isinstance(events[-1], Finished)
    receipt = events[-1].receipt
    assert receipt.cached_tokens == receipt.prompt_tokens - 1


def test_what_is_prepared_is_not_said() -> None:
    assistant = Assistant(EchoEngine())
    assistant.prepare(["two"])
    assert assistant.history == ()
