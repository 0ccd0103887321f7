"""What a conversation loses when it outgrows its context, and what it keeps."""

from dataclasses import replace

import pytest

from edgeomni.values import Message, Notice, TextDelta
from tests.engine.samples import GREEDY

pytestmark = pytest.mark.engine


class Listener:
    cancelled = False

    def __init__(self):
        self.text, self.notices = "", []

    def say(self, event):
        if isinstance(event, TextDelta):
            self.text += event.text
        elif isinstance(event, Notice):
            self.notices.append(event.code)


def talk(brain, turns):
    """Receipts and notices of a conversation that goes on and on."""
    options, messages, told = replace(GREEDY, max_tokens=12), [], []
    for number in range(turns):
        messages.append(Message("user", (f"Say something about the number {number}, please.",)))
        listener = Listener()
        receipt = brain.answer(messages, options, "chat", listener, "")
        messages.append(Message("assistant", (listener.text,)))
        told.append((receipt, listener.notices))
    return told


def test_a_trimmed_conversation_keeps_its_cache_from_turn_to_turn(brain):
    told = talk(brain("llama", context=512), 40)
    trimmed = [bool(notices) for _, notices in told]
    anew = [receipt.cached_tokens < receipt.prompt_tokens // 2 for receipt, _ in told[1:]]
    assert sum(trimmed) >= 2
    assert anew == trimmed[1:]


def test_a_new_conversation_is_whole_again(brain):
    made = brain("llama", context=512)
    talk(made, 20)
    (_, notices), (receipt, _) = talk(made, 2)
    assert not notices
    assert receipt.prompt_tokens < 200


def test_another_conversation_that_does_not_fit_is_told_so(brain):
    made = brain("llama", context=512)
    talk(made, 20)
    messages = [Message("user", (f"What is the word {number}?",)) for number in range(40)]
    listener = Listener()
    made.answer(messages, replace(GREEDY, max_tokens=4), "chat", listener, "")
    assert listener.notices == ["trimmed"]


def test_what_was_left_out_before_does_not_make_a_shorter_conversation_too_long(brain):
    made = brain("llama", context=512)
    talk(made, 40)
    long = [Message("user", ("word " * 60,)) for _ in range(4)]
    receipt = made.answer(long, replace(GREEDY, max_tokens=4), "chat", Listener(), "")
    assert receipt.completion_tokens
