"""A sketch of words over an answer tells a person from our own voice, and a call from chatter."""

from __future__ import annotations

import pytest

from edgeomni.speech.dialogue.manners import Manners
from edgeomni.speech.dialogue.whose import whose

SPOKEN = "One day it met a young shepherd who had lost her way in the fog."
CALLED = Manners(wake="hey computer")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("No, I want to hear about Paris instead", "a person's"),
        ("Stop!", "a person's"),
        ("it met a young shepherd who", "ours"),
        ("at Mere Young Chef", "unknown"),
        ("No", "unknown"),
        ("", "unknown"),
    ],
)
def test_without_a_name_any_person_has_the_word(text: str, found: str) -> None:
    assert whose(text, SPOKEN, Manners()) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("No, I want to hear about Paris instead", "unknown"),
        ("Hey computer, I want to hear about Paris", "a person's"),
        ("Okay, hey computer", "a person's"),
        ("one day it met a young hey computer", "a person's"),
        ("Stop!", "a person's"),
        ("it met a young shepherd who", "ours"),
    ],
)
def test_with_a_name_only_who_says_it_has_the_word(text: str, found: str) -> None:
    assert whose(text, SPOKEN, CALLED) == found


@pytest.mark.parametrize("text", ["Hey computer", "hey computer, what"])
def test_our_own_voice_that_says_our_name_does_not_call_us(text: str) -> None:
    assert whose(text, "Say hey computer, what is new?", CALLED) == "ours"
