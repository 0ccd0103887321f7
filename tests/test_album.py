"""Pictures within a budget: the newest stay, captions stand for the others, the user is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from edgeomni.album import faded
from edgeomni.assistant import Assistant
from edgeomni.errors import ContextFull, WorkerDied
from edgeomni.ports import Cancel
from edgeomni.values import EngineEvent, Finished, Image, Message, Notice, Options, Receipt
from tests.fakes import EchoEngine

PLAIN = Options()
COST = 100


def picture(number: int) -> Image:
    return Image(bytes([number, 0, 0]), 1, 1, f"{number}.png")


@dataclass
class Seeing(EchoEngine):
    """Every picture takes 100 tokens; asked to describe one, it says its name."""

    can_describe: bool = True
    fails: bool = False
    prepared: list[tuple[Message, ...]] = field(default_factory=list)

    def prefill(self, messages, *, lane="chat", cancel=None):
        self.prepared.append(tuple(messages))
        return super().prefill(messages, lane=lane, cancel=cancel)

    def media_tokens(self, sizes: Sequence[tuple[int, int]]) -> list[int] | None:
        return [COST] * len(sizes)

    def stream(self, messages, options, *, lane="chat", cancel=None):
        last = messages[-1]
        if last.text.startswith("Describe"):
            if not self.can_describe:
                raise WorkerDied("It died.")
            last = replace(last, parts=(f"It is {last.media[0].name}.",))
            messages = [*messages[:-1], last]
        elif self.fails:
            raise WorkerDied("It died.")
        yield from super().stream(messages, options, lane=lane, cancel=cancel)


def show(assistant: Assistant, number: int) -> list[EngineEvent]:
    return list(assistant.reply([picture(number), f"picture {number}"], PLAIN))


def told(events: Sequence[EngineEvent]) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice)]


def names(messages: Sequence[Message]) -> list[str]:
    return [media.name for message in messages for media in message.media]


@pytest.mark.parametrize(
    ("costs", "before", "budget", "gone"),
    [
        ([], 0, 100, 0),
        ([100], 0, 50, 0),
        ([100, 100], 0, 200, 0),
        ([100, 100, 100], 0, 200, 2),  # down to three quarters: one is 100, two are 200 of 150
        ([100] * 8, 0, 700, 3),
        ([100] * 8, 3, 700, 3),
        ([10, 10, 900], 0, 100, 2),
        ([500, 10, 10], 1, 100, 1),
    ],
)
def test_the_oldest_pictures_go_and_the_newest_never(costs, before, budget, gone) -> None:
    assert faded(costs, before, budget) == gone


def test_a_caption_stands_where_an_old_picture_stood() -> None:
    engine = Seeing()
    assistant = Assistant(engine, picture_budget=2 * COST)
    for number in (1, 2):
        assert told(show(assistant, number)) == []
    show(assistant, 3)
    prompt = engine.asked[-1]
    assert names(prompt) == ["3.png"]
    assert "1.png: It is 1.png." in prompt[0].text
    assert "2.png: It is 2.png." in prompt[2].text


def test_the_user_is_told_once_which_pictures_became_words() -> None:
    assistant = Assistant(Seeing(), picture_budget=2 * COST)
    show(assistant, 1)
    show(assistant, 2)
    (said,) = told(show(assistant, 3))
    assert "300 tokens of the 200" in said and "1.png, 2.png" in said
    assert told(show(assistant, 4)) == []
    (said,) = told(show(assistant, 5))
    assert "300 tokens of the 200" in said and "(3.png, 4.png)" in said


def test_the_history_keeps_every_picture() -> None:
    assistant = Assistant(Seeing(), picture_budget=COST)
    for number in (1, 2, 3):
        show(assistant, number)
    assert names(assistant.history) == ["1.png", "2.png", "3.png"]


def test_a_new_conversation_starts_with_an_empty_album() -> None:
    engine = Seeing()
    assistant = Assistant(engine, picture_budget=2 * COST)
    for number in (1, 2, 3):
        show(assistant, number)
    assistant.clear()
    show(assistant, 4)
    assert names(engine.asked[-1]) == ["4.png"]


def test_a_failed_caption_costs_no_answer() -> None:
    engine = Seeing(can_describe=False)
    assistant = Assistant(engine, picture_budget=COST)
    show(assistant, 1)
    show(assistant, 2)
    assert "1.png: not described" in engine.asked[-1][0].text


def test_half_of_the_context_is_for_pictures() -> None:
    engine = Seeing(can=replace(EchoEngine().can, context=600))
    assistant = Assistant(engine)
    for number in (1, 2, 3):
        assert told(show(assistant, number)) == []
    assert told(show(assistant, 4))


def test_an_engine_that_cannot_tell_gets_all_pictures() -> None:
    engine = EchoEngine()
    assistant = Assistant(engine)
    for number in (1, 2, 3):
        assert told(show(assistant, number)) == []
    assert len(names(engine.asked[-1])) == 3


def test_who_set_a_budget_is_told_once_that_nobody_can_keep_it() -> None:
    assistant = Assistant(EchoEngine(), picture_budget=1)
    said = [text for number in (1, 2, 3) for text in told(show(assistant, number))]
    assert len(said) == 1 and "is not kept" in said[0]


def test_pictures_of_the_very_question_do_not_become_words_without_a_way_out() -> None:
    assistant = Assistant(Seeing(), picture_budget=2 * COST)
    shown = [picture(number) for number in (1, 2, 3)]
    (said,) = told(list(assistant.reply([*shown, "Compare them."], PLAIN)))
    assert "--detail low" in said


def test_captions_of_a_question_that_failed_are_not_those_of_the_next_pictures() -> None:
    engine = Seeing()
    assistant = Assistant(engine, picture_budget=2 * COST)
    engine.fails = True
    with pytest.raises(WorkerDied):
        list(assistant.reply([picture(1), picture(2), picture(3), "Compare."], PLAIN))
    engine.fails = False
    (end,) = [event for event in show(assistant, 4) if isinstance(event, Finished)]
    show(assistant, 5)
    assert names(engine.asked[-1]) == ["4.png", "5.png"]
    assert end.receipt.caption_tokens == 0


def test_a_picture_that_is_shown_again_is_shown_again() -> None:
    engine = Seeing()
    assistant = Assistant(engine, picture_budget=2 * COST)
    for number in (1, 2, 3, 1):
        show(assistant, number)
    assert names(engine.asked[-1])[-1] == "1.png"


def test_a_picture_that_is_shown_once_more_stays_while_there_is_room() -> None:
    engine = Seeing()
    assistant = Assistant(engine, picture_budget=3 * COST)
    for number in (1, 2, 3, 4, 1, 5):
        show(assistant, number)
    list(assistant.reply(["and now?"], PLAIN))
    assert names(engine.asked[-1]) == ["1.png", "5.png"]


def test_a_caption_that_the_user_stopped_is_none() -> None:
    engine, cancel = Seeing(), Cancel()
    assistant = Assistant(engine, picture_budget=2 * COST)
    show(assistant, 1)
    show(assistant, 2)
    engine.before_word = lambda index, _: cancel.ask()
    list(assistant.reply([picture(3), "picture 3"], PLAIN, cancel))
    engine.before_word = lambda index, _: None
    show(assistant, 4)
    assert "1.png: It is 1.png." in engine.asked[-1][0].text


def test_more_pictures_than_captions_would_fit_are_refused_before_they_are_looked_at() -> None:
    engine = Seeing(can=replace(EchoEngine().can, context=600))
    many = [picture(number) for number in range(40)]
    with pytest.raises(ContextFull, match="Of these 40 pictures"):
        list(Assistant(engine).reply([*many, "Compare."], PLAIN))
    assert engine.asked == []


def test_captions_are_on_the_receipt_of_the_answer_that_they_made_room_for() -> None:
    clock = iter(range(100))
    assistant = Assistant(Seeing(), picture_budget=2 * COST, now=lambda: next(clock))
    receipts = [receipt_of(show(assistant, number)) for number in (1, 2, 3, 4)]
    assert [receipt.caption_ms for receipt in receipts] == [0, 0, 1000, 0]
    assert receipts[2].caption_tokens == 2 * len(["It", "is", "1.png."])
    assert receipts[3].caption_tokens == 0


def receipt_of(events: Sequence[EngineEvent]) -> Receipt:
    return next(event.receipt for event in events if isinstance(event, Finished))


def test_what_is_evaluated_ahead_begins_like_what_was_shown_last() -> None:
    engine = Seeing()
    assistant = Assistant(engine, picture_budget=2 * COST)
    for number in (1, 2, 3):
        show(assistant, number)
    shown = engine.asked[-1]
    assistant.prepare([picture(4)])
    assert engine.prepared[-1][: len(shown)] == shown
    assert names(engine.prepared[-1]) == ["3.png", "4.png"]
