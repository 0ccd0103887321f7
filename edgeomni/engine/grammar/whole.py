"""Answers that must have a shape: held back until they are whole."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing

from edgeomni.engine.grammar.shape import Shape
from edgeomni.values import EngineEvent, Finished, TextDelta

Events = Generator[EngineEvent, None, None]


def whole(events: Events, shape: Shape, progress: Callable[[int], None] | None = None) -> Events:
    """The same events, with the text in one piece at the end, or not at all.

    Args:
        progress: told how many characters there are so far; of 0, that it is over.

    Raises:
        IncompleteAnswer: it was cut before it satisfied the schema.
        UnfitAnswer: it is over, and does not satisfy it.
    """
    said = ""
    with closing(events):
        for event in events:
            if isinstance(event, TextDelta):
                said += event.text
                if progress:
                    progress(len(said))
            elif isinstance(event, Finished):
                if progress:
                    progress(0)
                yield from _delivered(said, shape, event, events)
            else:
                yield event


def _delivered(said: str, shape: Shape, end: Finished, source: Events) -> Events:
    failure = shape.failure(said, end.receipt)
    if not failure and end.receipt.finish_reason != "cancelled":
        yield TextDelta(said)
    yield end
    if failure:
        source.throw(failure)  # so that a conversation forgets what nobody was given
