"""The engine worker's room."""

from edgeomni.engine.worker import joined
from edgeomni.values import Notice, TextDelta, ThoughtDelta, ToolCall


def test_neighbouring_words_travel_together_and_nothing_changes_places():
    call = ToolCall("call_1", "look", {})
    events = [
        *(ThoughtDelta("a"), ThoughtDelta("b"), TextDelta("c"), TextDelta("d", 2), call),
        *(TextDelta("e"), Notice("trimmed", "f"), TextDelta("g")),
    ]
    assert list(joined(events)) == [
        *(ThoughtDelta("ab"), TextDelta("cd", 3), call),
        *(TextDelta("e"), Notice("trimmed", "f"), TextDelta("g")),
    ]


def test_no_words_are_no_events():
    assert list(joined([])) == []
