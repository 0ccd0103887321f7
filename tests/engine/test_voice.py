"""From generated tokens to what the caller hears."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from edgeomni.engine.reply.formats import ReplyFormat
from edgeomni.engine.voice import Voice, joined
from edgeomni.values import Notice, Options, TextDelta, ThoughtDelta, ToolCall

WORDS = {1: b"Hel", 2: b"lo", 3: b"\xe2\x82", 4: b"\xac", 5: b" stop", 6: b"!"}


@dataclass
class Listener:
    """Gathers what is said; may refuse to hear more, as a broken pipe does."""

    deaf: bool = False
    cancelled: bool = False
    heard: list[object] = field(default_factory=list)

    def say(self, event):
        if self.deaf:
            raise BrokenPipeError
        self.heard.append(event)

    @property
    def text(self):
        return "".join(event.text for event in self.heard if isinstance(event, TextDelta))


def voice(listener, options=Options()):  # noqa: B008
    model = SimpleNamespace(piece=lambda token, special: WORDS[token], specials=())
    return Voice(model, ReplyFormat(), options, listener, calls_before=0)


def test_tokens_become_text_and_no_character_is_cut():
    listener = Listener()
    with voice(listener) as speaking:
        stopped = [speaking.hear(token) for token in (1, 2, 3, 4)]
        speaking.finish(None)
    assert listener.text == "Hello€"
    assert not any(stopped)


def test_what_was_generated_before_a_failure_is_said():
    listener = Listener()
    with pytest.raises(RuntimeError), voice(listener) as speaking:
        speaking.hear(1)
        speaking.hear(2)
        raise RuntimeError("the engine broke")
    assert listener.text == "Hello"


def test_a_stop_text_ends_the_answer_at_its_very_token():
    listener = Listener()
    with voice(listener, Options(stop=(" stop",))) as speaking:
        assert [speaking.hear(token) for token in (1, 2, 5)] == [False, False, True]
        speaking.finish(None)
    assert listener.text == "Hello"


def test_a_listener_that_is_gone_ends_generating():
    listener = Listener(deaf=True)
    with voice(listener) as speaking:
        speaking.hear(1)
        speaking._thread.join(10)
        with pytest.raises(BrokenPipeError):
            speaking.hear(2)


def test_a_text_counts_all_tokens_since_the_one_before():
    listener = Listener()
    with voice(listener, Options(stop=("never said",))) as speaking:
        for token in (1, 3, 4):
            speaking.hear(token)
        speaking.finish(None)
    assert [(event.text, event.tokens) for event in listener.heard] == [("Hel", 1), ("€", 2)]


def test_an_answer_teaches_how_it_was_tokenised():
    lessons = []
    memory = SimpleNamespace(remember=lambda text, tokens: lessons.append((text, list(tokens))))
    with voice(Listener()) as speaking:
        for token in (1, 2, 6):
            speaking.hear(token)
        speaking.finish(memory)
    assert lessons == [("Hello!", [1, 2, 6])]


def test_neighbouring_words_travel_together_and_nothing_changes_places():
    call = ToolCall("call_1", "look", {})
    events = [
        *(ThoughtDelta("a"), ThoughtDelta("b"), TextDelta("c"), TextDelta("d"), call),
        *(TextDelta("e"), Notice("trimmed", "f"), TextDelta("g")),
    ]
    assert list(joined(events)) == [
        *(ThoughtDelta("ab"), TextDelta("cd"), call),
        *(TextDelta("e"), Notice("trimmed", "f"), TextDelta("g")),
    ]


def test_no_words_are_no_events():
    assert list(joined([])) == []
