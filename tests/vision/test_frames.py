"""Spans of time are read, moments chosen and prompts laid out, without a decoder."""

from __future__ import annotations

import math

import pytest

from edgeomni.errors import UsageError
from edgeomni.values import Frame, Image, Segment, Span
from edgeomni.vision.frames import (
    SKETCH_SIDE,
    Slot,
    layout,
    look_alike,
    paired,
    parse_span,
    scenes,
    slots,
    stamp,
    thinned,
)


def grey(level: int) -> bytes:
    return bytes([level]) * SKETCH_SIDE**2


def frame(seconds: float, side: int = 2) -> Frame:
    return Frame(Image(bytes(3 * side * side), side, side), seconds)


# ── time in words ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("0:10-0:20", 10, 20),
        ("90-120.5", 90, 120.5),
        ("1:02:03-1:02:04.5", 3723, 3724.5),
        ("90:00-100:00", 5400, 6000),
        ("10s - 20s", 10, 20),
        ("0:10\N{EN DASH}0:20", 10, 20),
        ("0:10-", 10, math.inf),
        ("-0:20", 0, 20),
        ("0:10", 10, 10),
    ],
)
def test_a_span_is_read_as_people_write_it(text: str, start: float, end: float) -> None:
    assert parse_span(text) == Span(start, end)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "a-b",
        "0:60-2:00",
        "1:60:00-",
        "1:2:3:4",
        "10-20-30",
        "-inf",
        "1e9",
        "٣-٤",
        "9" * 40,
    ],
)
def test_what_is_no_span_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="not a span") as caught:
        parse_span(text)
    assert "0:10-0:20" in caught.value.remedy


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(UsageError, match="ends before it begins"):
        parse_span("0:20-0:10")


@pytest.mark.parametrize(
    ("seconds", "shown", "with_tenths"),
    [
        (0.0, "0:00", "0:00.0"),
        (12.39, "0:12", "0:12.3"),
        (0.3, "0:00", "0:00.3"),
        (59.96, "0:59", "0:59.9"),
        (600.0, "10:00", "10:00.0"),
        (3723.0, "1:02:03", "1:02:03.0"),
    ],
)
def test_a_stamp_is_what_a_player_would_show(seconds: float, shown: str, with_tenths: str) -> None:
    assert stamp(seconds) == shown
    assert stamp(seconds, tenths=True) == with_tenths


# ── which moments ────────────────────────────────────────────────────────────────────────────────


def test_slots_divide_a_span_evenly_and_want_the_middle() -> None:
    assert slots(Span(10, 18), 2) == [Slot(10, 12, 14), Slot(14, 16, 18)]


def test_slots_are_no_more_than_the_rate_allows() -> None:
    assert len(slots(Span(0, 3), 32, rate=2)) == 6
    assert len(slots(Span(0, 3600), 32, rate=2)) == 32


def test_a_short_span_has_one_slot_at_least() -> None:
    assert len(slots(Span(0, 0.01), 32, rate=2)) == 1


def test_a_moment_is_a_slot_without_length() -> None:
    assert slots(Span(5, 5), 32, rate=2) == [Slot(5, 5, 5)]


def test_thinning_keeps_the_first_and_spreads_the_rest() -> None:
    assert thinned([*range(10)], 5) == [0, 2, 4, 6, 8]
    assert thinned([1, 2], 5) == [1, 2]


def test_scenes_begin_where_the_picture_changes_most() -> None:
    levels = [(0.0, 10), (1.0, 12), (2.0, 200), (3.0, 201), (4.0, 100), (5.0, 99)]
    sketches = [(at, grey(level)) for at, level in levels]
    assert scenes(sketches, 8) == [0.0, 2.0, 4.0]
    assert scenes(sketches, 2) == [0.0, 2.0]
    assert scenes([], 8) == []


def test_another_colour_of_the_same_brightness_is_a_new_scene() -> None:
    red, green = (grey(90) + grey(level) + grey(level) for level in (100, 150))
    assert scenes([(0.0, red), (1.0, green)], 8) == [0.0, 1.0]
    assert not look_alike(red, green)


def test_a_flicker_is_no_new_scene() -> None:
    assert scenes([(0.0, grey(100)), (1.0, grey(106))], 8) == [0.0]


def test_pictures_that_differ_by_noise_look_alike() -> None:
    noisy = bytes(100 + (index % 7) - 3 for index in range(SKETCH_SIDE**2))
    assert look_alike(grey(100), noisy)


def test_pictures_that_differ_in_one_place_do_not_look_alike() -> None:
    moved = bytearray(grey(100))
    moved[40] = 110
    assert not look_alike(grey(100), bytes(moved))


# ── the prompt ───────────────────────────────────────────────────────────────────────────────────


def test_each_frame_stands_behind_its_time_stamp() -> None:
    one, two = frame(1.0), frame(72.0)
    assert layout([one, two]) == ["[0:01] ", one.image, "\n[1:12] ", two.image, "\n"]


def test_stamps_get_tenths_where_seconds_do_not_tell_frames_apart() -> None:
    parts = layout([frame(1.0), frame(1.5)])
    assert [part for part in parts if isinstance(part, str)] == ["[0:01.0] ", "\n[0:01.5] ", "\n"]


def test_what_was_said_stands_between_the_frames_at_its_time() -> None:
    one, two = frame(0.0), frame(10.0)
    said = [Segment(4.0, 6.0, " Hello\n there. "), Segment(12.0, 13.0, "Bye.")]
    assert layout([one, two], said) == [
        "[0:00] ",
        one.image,
        '\n[0:04-0:06] "Hello there."\n[0:10] ',
        two.image,
        '\n[0:12-0:13] "Bye."\n',
    ]


def test_words_without_frames_are_laid_out_too() -> None:
    assert layout([], [Segment(0.0, 1.0, "Hello.")]) == ['[0:00-0:01] "Hello."\n']


def test_two_frames_become_one_that_stands_at_the_first() -> None:
    frames = [frame(0.0), frame(1.0), frame(2.0)]
    first, last = paired(frames)
    assert (first.seconds, last) == (0.0, frames[2])
    assert first.image.frames == (frames[0].image.pixels, frames[1].image.pixels)


def test_frames_of_different_sizes_make_no_pair() -> None:
    frames = [frame(0.0, 2), frame(1.0, 3), frame(2.0, 3)]
    assert [len(each.image.frames) for each in paired(frames)] == [1, 2]
