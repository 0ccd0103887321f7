"""Who is called by the phrase answers, and nobody else."""

from __future__ import annotations

import pytest

from edgeomni.loops.wake import OPEN, WakePhrase


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("Hey computer, what time is it?", "what time is it?"),
        ("Okay, hey computer, what time is it?", "what time is it?"),
        ("Hey Computer", ""),
        ("Hey computers. Turn left.", "Turn left."),
    ],
)
def test_what_follows_the_phrase_is_asked(said: str, asked: str) -> None:
    assert WakePhrase("hey computer").calls(said, 10.0) == asked


@pytest.mark.parametrize(
    "said", ["What time is it?", "I told him that the hey computer thing is odd.", "Hey", ""]
)
def test_what_is_said_to_others_is_nothing(said: str) -> None:
    assert WakePhrase("hey computer").calls(said, 10.0) is None


def test_after_an_answer_one_goes_on_without_the_phrase_for_a_while() -> None:
    wake = WakePhrase("computer")
    wake.answered(10.0)
    assert wake.calls("And tomorrow?", 10.0 + OPEN) == "And tomorrow?"
    assert wake.calls("And tomorrow?", 10.1 + OPEN) is None


def test_the_phrase_alone_opens_for_a_while() -> None:
    wake = WakePhrase("computer")
    wake.calls("Computer!", 10.0)
    assert wake.calls("What time is it?", 12.0) == "What time is it?"


def test_an_answer_that_was_over_long_ago_shuts_nothing_that_is_open() -> None:
    wake = WakePhrase("computer")
    wake.calls("Computer!", 30.0)
    wake.answered(4.0)
    assert wake.calls("What time is it?", 32.0) == "What time is it?"
