"""From time tokens to sentences with times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeomni.speech.ears.timing import Sentence, last_time, sentences, snapped
from edgeomni.values import Span

ZERO = 1000
"""The token of 0 s; one more is 20 ms more, and less is text."""


def at(seconds: float) -> int:
    return ZERO + round(seconds * 50)


def test_text_between_two_times_is_a_sentence() -> None:
    tokens = [at(0.0), 1, 2, at(1.5), at(2.0), 3, at(3.0)]
    assert list(sentences(tokens, ZERO, 5.0)) == [
        Sentence(Span(0.0, 1.5), (1, 2)),
        Sentence(Span(2.0, 3.0), (3,)),
    ]


def test_text_without_an_end_lasts_to_the_end() -> None:
    assert list(sentences([at(1.0), 7], ZERO, 5.0)) == [Sentence(Span(1.0, 5.0), (7,))]


def test_text_without_times_lasts_all_the_time() -> None:
    assert list(sentences([7, 8], ZERO, 5.0)) == [Sentence(Span(0.0, 5.0), (7, 8))]


def test_the_last_time_is_that_of_the_last_sentence() -> None:
    assert last_time([at(0.0), 1, 2, at(1.5), at(1.5), 3, at(13.88)], ZERO) == 13.88


@pytest.mark.parametrize("tokens", [[], [7, 8]], ids=["nothing", "text alone"])
def test_where_no_time_is_told_the_last_one_is_zero(tokens: list[int]) -> None:
    assert last_time(tokens, ZERO) == 0.0


@given(st.lists(st.integers(0, ZERO + 1500)), st.floats(0.1, 30))
def test_whatever_whisper_says_times_are_in_order_and_inside(
    tokens: list[int], seconds: float
) -> None:
    last = 0.0
    for said in sentences(tokens, ZERO, seconds):
        assert last <= said.span.start <= said.span.end <= seconds
        last = said.span.end


def test_no_text_is_lost() -> None:
    tokens = [5, at(2.0), 6, at(1.0), 7, at(9.0), 8]
    said = [token for found in sentences(tokens, ZERO, 4.0) for token in found.tokens]
    assert said == [5, 6, 7, 8]


def test_silence_at_both_ends_is_cut_off() -> None:
    assert snapped(Span(0.0, 8.0), [Span(2, 3), Span(4, 7)]) == Span(2, 7)


def test_a_time_inside_speech_stays() -> None:
    assert snapped(Span(2.5, 4.5), [Span(2, 3), Span(4, 7)]) == Span(2.5, 4.5)


def test_where_no_speech_was_found_the_times_stay() -> None:
    assert snapped(Span(0.0, 1.0), [Span(2, 3)]) == Span(0.0, 1.0)
