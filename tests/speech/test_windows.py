"""How speech is divided into windows, and how large these are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeomni.speech.ears.windows import (
    FULL,
    LONGEST,
    Window,
    behind,
    finished_until,
    frames_for,
    heard_until,
    token_limit,
    windows,
)
from edgeomni.values import Segment, Span


def bounds(*speech: Span) -> list[tuple[float, float]]:
    return [(window.start, window.end) for window in windows(speech)]


def test_speech_with_short_pauses_is_one_window() -> None:
    assert bounds(Span(0, 3), Span(4, 6), Span(8, 9)) == [(0, 9)]


def test_a_window_ends_before_it_grows_too_long() -> None:
    assert bounds(Span(0, 15), Span(16, 27), Span(27.5, 30)) == [(0, 27), (27.5, 30)]


def test_a_long_silence_ends_a_window() -> None:
    assert bounds(Span(0, 3), Span(8, 9)) == [(0, 3), (8, 9)]


def test_without_speech_there_is_no_window() -> None:
    assert windows([]) == []


@given(st.lists(st.tuples(st.floats(0.1, LONGEST), st.floats(0, 60)), max_size=40))
def test_every_stretch_is_in_one_window_in_order(lengths: list[tuple[float, float]]) -> None:
    at, speech = 0.0, []
    for length, pause in lengths:
        speech.append(Span(at, at + length))
        at += length + pause
    made = windows(speech)
    assert [span for window in made for span in window.speech] == speech
    assert all(window.seconds <= LONGEST + 1e-6 for window in made)


def test_one_short_stretch_needs_no_time_tokens() -> None:
    assert not Window((Span(1, 4),)).timed


@pytest.mark.parametrize("speech", [(Span(0, 2), Span(3, 4)), (Span(0, 8),)])
def test_several_stretches_or_a_long_one_do(speech: tuple[Span, ...]) -> None:
    assert Window(speech).timed


@pytest.mark.parametrize(
    ("seconds", "english", "frames"),
    [
        (0.3, True, 1000),
        (8.0, True, 1000),
        (9.0, True, 1100),
        (0.3, False, 1500),
        (20.0, False, 2200),
        (28.0, True, FULL),
        (300.0, True, FULL),
    ],
)
def test_a_window_has_a_floor_a_margin_and_a_ceiling(
    seconds: float, english: bool, frames: int
) -> None:
    assert frames_for(seconds, english=english) == frames


def test_more_may_be_said_in_more_time_but_never_without_end() -> None:
    limits = [token_limit(seconds, english=True) for seconds in (0.3, 5, 10, 28)]
    assert limits == [19, 66, 116, 224]


LONG = Window((Span(10, 30),))


@pytest.mark.parametrize(
    ("window", "said", "until"),
    [
        (LONG, [Segment(10, 29.5, "all of it")], 30),
        (LONG, [Segment(10, 26, "up to a sentence that is cut off")], 26),
        (LONG, [], 30),
        (LONG, [Segment(10, 10.4, "hardly anything")], 30),
        (Window((Span(10, 14),)), [Segment(10, 12, "one short stretch")], 14),
    ],
    ids=["whole", "stopped early", "nothing", "no way forward", "short"],
)
def test_it_goes_on_where_whisper_stopped(
    window: Window, said: list[Segment], until: float
) -> None:
    assert heard_until(window, said) == until


def test_what_was_heard_is_not_heard_again() -> None:
    assert behind([Span(0, 3), Span(4, 8), Span(9, 12)], 6) == [Span(6, 8), Span(9, 12)]


def test_speech_at_the_end_of_a_block_is_left_to_the_next() -> None:
    assert finished_until([Span(3, 60), Span(100, 120)], 120) == 100


def test_a_block_that_ends_in_silence_is_done_but_for_its_last_moment() -> None:
    assert finished_until([Span(3, 60)], 120) == 119.5


def test_a_block_full_of_speech_still_goes_forward() -> None:
    assert finished_until([Span(0, 120)], 120) > 0
