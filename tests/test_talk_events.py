"""Every event arrives as it was sent."""

from __future__ import annotations

from typing import get_args

import msgpack
import pytest

from edgeomni.talk_events import (
    Began,
    Draft,
    Event,
    Failure,
    FirstAudio,
    GoesOn,
    Held,
    Interrupted,
    Level,
    Nothing,
    Partial,
    Paused,
    Reached,
    Ready,
    Resumed,
    Said,
    Saved,
    Stopped,
    Trouble,
    Utterance,
    packed,
    unpacked,
)

EVENTS: tuple[Event, ...] = (
    Ready(0.5, "mic", "speaker", "by sound", True),
    Level(0.25, 0.5),
    Began(1.5),
    Partial("what is", "the"),
    Paused(2.5, 2.25),
    Draft(3, "What is the time?", b"\0\0\0\0"),
    Resumed(),
    Reached(2, 0.25),
    Utterance(3, "¿Qué hora es?", 2.25, 2.5, 2.75, 1.5),
    Nothing(),
    Held(),
    GoesOn(),
    Interrupted(),
    Interrupted(2, 0.75),
    Stopped("Stop!"),
    FirstAudio(3.5),
    Said(4.5, 1),
    Saved("you", "one.wav"),
    Trouble("unplugged", "The microphone is gone."),
    Failure("engine-failed", "No."),
)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_arrives_as_it_was_sent(event: Event) -> None:
    data, sounds = packed(event)
    assert unpacked(msgpack.unpackb(msgpack.packb(data)), sounds) == event


def test_none_is_left_out_here() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(Event))


def test_what_arrived_is_left_as_it_is() -> None:
    data, _ = packed(Began(1.0))
    unpacked(data)
    assert data == {"event": "Began", "at": 1.0}
