"""Every event arrives as it was sent."""

from __future__ import annotations

from typing import get_args

import msgpack
import pytest

from edgeomni.values import Image
from edgeomni.watch_events import (
    Back,
    Event,
    Look,
    Lost,
    Opened,
    Over,
    Picture,
    Seen,
    Skipped,
    packed,
    unpacked,
)

IMAGE = Image(bytes(range(12)), 2, 2, "camera")
EVENTS: tuple[Event | Picture, ...] = (
    Opened(0.5, "camera", 640, 360, 30.0),
    Seen(1.0, 10.0, 0.25, "quiet"),
    Look(1.5, 12, "change", 0.5, 1.25, IMAGE),
    Lost(2.0, "unplugged", "The camera is gone."),
    Back(2.5),
    Skipped(3.0, 4, "empty"),
    Over(3.5),
    Picture(4.0, 20, IMAGE),
)


def test_no_event_is_forgotten_here() -> None:
    assert {type(event) for event in EVENTS} == {*get_args(Event), Picture}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_survives_the_way_from_the_worker(event: Event | Picture) -> None:
    data, pixels = packed(event)
    arrived = msgpack.unpackb(msgpack.packb(data))
    assert unpacked(arrived, [memoryview(each) for each in pixels]) == event
