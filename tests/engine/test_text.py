"""Bytes become text without broken characters; stop texts are found wherever the stream is cut."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeomni.engine.reply.text import Needles, StopFilter, Utf8Stream
from edgeomni.errors import UsageError


def pieces(whole, cuts):
    borders = sorted({min(cut, len(whole)) for cut in cuts} | {0, len(whole)})
    return [whole[a:b] for a, b in pairwise(borders)]


cuts = st.lists(st.integers(0, 60), max_size=12)


@given(st.text(max_size=40), cuts)
def test_text_survives_any_cut_of_its_bytes(text, cuts):
    stream = Utf8Stream()
    parts = [stream.feed(piece) for piece in pieces(text.encode(), cuts)]
    assert "".join(parts) + stream.flush() == text
    assert all("\ufffd" not in part for part in parts) or "\ufffd" in text


@given(st.binary(max_size=40), cuts)
def test_bytes_that_are_no_text_become_the_same_replacements_however_cut(data, cuts):
    stream = Utf8Stream()
    got = "".join(stream.feed(piece) for piece in pieces(data, cuts)) + stream.flush()
    assert got == data.decode("utf-8", "replace")


def test_half_a_character_is_kept_back():
    stream = Utf8Stream()
    assert stream.feed("é".encode()[:1]) == ""
    assert stream.feed("é".encode()[1:]) == "é"


def test_an_unfinished_character_at_the_end_is_shown_as_damaged():
    stream = Utf8Stream()
    stream.feed(b"\xe2\x82")
    assert stream.flush() == "\ufffd"
    assert stream.flush() == ""


def naive(text, stops):
    """The whole-string answer: cut where the stop text that is complete first begins."""
    hits = [(text.index(s) + len(s), text.index(s)) for s in stops if s in text]
    return (text[: min(hits)[1]], True) if hits else (text, False)


def through(filter_, parts):
    shown, stopped = "", False
    for part in parts:
        emit, stopped = filter_.feed(part)
        shown += emit
    return shown + filter_.flush(), stopped


@given(
    st.text("abc\n", max_size=40),
    st.lists(st.text("abc\n", min_size=1, max_size=5), max_size=4),
    cuts,
)
def test_any_chunking_gives_the_whole_string_answer(text, stops, cuts):
    assert through(StopFilter(stops), pieces(text, cuts)) == naive(text, stops)


@given(
    st.text("ab", max_size=30), st.lists(st.text("ab", min_size=1, max_size=5), min_size=1), cuts
)
def test_no_more_is_held_back_than_could_become_a_stop(text, stops, cuts):
    filter_, shown, seen = StopFilter(stops), "", ""
    for piece in pieces(text, cuts):
        emit, stopped = filter_.feed(piece)
        shown, seen = shown + emit, seen + piece
        held = seen[len(shown) :]
        if stopped:
            return
        assert held == "" or any(stop.startswith(held) for stop in stops)
        longer = [seen[len(shown) - n :] for n in range(1, len(shown) + 1)]
        assert not any(stop.startswith(tail) for stop in stops for tail in longer)


def test_the_stop_that_is_complete_first_wins():
    assert through(StopFilter(["abcd", "c"]), ["abcd"]) == ("ab", True)
    assert through(StopFilter(["abcd", "c"]), "abcd") == ("ab", True)


def test_nothing_is_shown_after_a_stop():
    filter_ = StopFilter(["END"])
    filter_.feed("so END")
    assert filter_.feed("more") == ("", True)
    assert filter_.flush() == ""


def test_an_empty_stop_is_refused():
    with pytest.raises(UsageError, match="empty stop"):
        StopFilter(["", "x"])


def test_a_token_costs_microseconds():
    filter_ = StopFilter(["\nUser:", "<|im_end|>", "```\n", "</answer>"])
    tokens = [" the", " sea", "\n", " <", "b>", "`"] * 2000
    begun = time.perf_counter()
    for token in tokens:
        filter_.feed(token)
    assert (time.perf_counter() - begun) / len(tokens) < 50e-6


def test_of_two_needles_complete_at_once_the_longer_is_found():
    assert Needles(["call>", "<call>"]).first("a <call>") == (2, "<call>")
