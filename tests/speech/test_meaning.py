"""Nods, commands and echoes are no questions."""

from __future__ import annotations

import pytest

from edgeomni.speech.dialogue.manners import Manners
from edgeomni.speech.dialogue.meaning import meaning, plain

SPOKEN = "Now stop at the red light and wait for it to turn green."


@pytest.mark.parametrize(
    ("text", "answering", "echo_of", "found"),
    [
        ("What is the time?", False, "", "turn"),
        ("What is the time?", True, SPOKEN, "turn"),
        ("", False, "", "nothing"),
        ("...", False, "", "nothing"),
        ("♪", True, "", "nothing"),
        ("Mm-hmm.", True, "", "nothing"),
        ("Okay!", True, "", "nothing"),
        ("Okay.", False, "", "turn"),
        ("Okay, and then?", True, "", "turn"),
        ("Stop.", True, "", "stop"),
        ("STOP!", False, "", "stop"),
        ("Stop it, please, I have had enough.", True, "", "turn"),
        ("Stop at the red light", True, SPOKEN, "nothing"),
        ("Stop at the red light", True, "", "turn"),
        ("Stop.", True, SPOKEN, "stop"),
        ("何時ですか", False, "", "turn"),
    ],
)
def test_what_words_amount_to(text: str, answering: bool, echo_of: str, found: str) -> None:
    assert meaning(text, Manners(), answering=answering, echo_of=echo_of) == found


CALLED = Manners(wake="hey computer")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("What is the time?", "nothing"),
        ("Hey computer, what is the time?", "turn"),
        ("Hey computer.", "turn"),
        ("Stop.", "stop"),
        ("Hey computer, stop.", "stop"),
        ("I told him that the hey computer thing is odd.", "nothing"),
    ],
)
def test_over_an_answer_only_who_calls_us_by_our_name_is_meant(text: str, found: str) -> None:
    assert meaning(text, CALLED, answering=True, echo_of="", named=True) == found


def test_who_goes_on_need_not_call_us_again() -> None:
    assert meaning("And tomorrow?", CALLED, answering=True, echo_of="", named=False) == "turn"


def test_without_a_name_everybody_is_meant() -> None:
    assert meaning("And tomorrow?", Manners(), answering=True, echo_of="", named=True) == "turn"


@pytest.mark.parametrize(
    ("text", "bare"),
    [("Stop!", "stop"), ("  Uh-huh… ", "uh huh"), ("Don't!", "don't"), ("¿Qué?", "qué")],
)
def test_words_without_marks(text: str, bare: str) -> None:
    assert plain(text) == bare
