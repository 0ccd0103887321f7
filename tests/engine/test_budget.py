"""What fits the context."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeomni.engine.prompt import budget
from edgeomni.values import Message, conversation

TALK = conversation(
    ("system", "be kind"),
    ("user", "one"),
    ("assistant", "1"),
    ("user", "two"),
    ("assistant", "2"),
    ("tool", "result"),
    ("user", "three"),
)


def texts(messages: list[Message]) -> list[str]:
    return [message.text for message in messages]


@pytest.mark.parametrize(
    ("max_tokens", "limit", "reserved"),
    [(10, 4096, 10), (1024, 4096, 512), (1024, 64, 16), (4, 64, 4)],
)
def test_an_answer_is_promised_an_eighth_of_the_context_at_most(max_tokens, limit, reserved):
    assert budget.reserve(max_tokens, limit) == reserved


@pytest.mark.parametrize(
    ("dropped", "left"),
    [
        (0, ["be kind", "one", "1", "two", "2", "result", "three"]),
        (1, ["be kind", "two", "2", "result", "three"]),
        (2, ["be kind", "three"]),
    ],
)
def test_whole_turns_are_dropped_from_the_oldest_on(dropped, left):
    assert texts(budget.without_oldest(TALK, dropped)) == left


def test_the_last_turn_is_never_droppable():
    assert budget.droppable(TALK) == 2
    assert budget.droppable(conversation(("user", "alone"))) == 0
    assert budget.droppable(conversation(("system", "alone"))) == 0


ROLES = st.sampled_from(["system", "user", "assistant", "tool"])


@given(st.lists(ROLES, min_size=1, max_size=12))
def test_dropping_keeps_system_messages_order_and_the_last_turn(roles):
    messages = [Message(role, (str(index),)) for index, role in enumerate(roles)]
    users = [index for index, role in enumerate(roles) if role == "user"]
    for dropped in range(1, budget.droppable(messages) + 1):
        kept = [int(text) for text in texts(budget.without_oldest(messages, dropped))]
        assert kept == sorted(kept)
        assert set(kept) >= {index for index, role in enumerate(roles) if role == "system"}
        assert set(kept) >= set(range(users[-1], len(roles)))


@given(st.integers(17, 1 << 20))
def test_a_trimmed_conversation_leaves_room_for_the_answer(limit):
    assert budget.target(limit) < limit
