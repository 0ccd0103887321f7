"""Our own words from the loudspeaker are told from a person's."""

from __future__ import annotations

import pytest

from edgeomni.speech.dialogue.echo_guard import is_echo, is_stranger, without_echo

SAID = (
    "Paris is the capital of France. It lies on the river Seine, and about two million people "
    "live in the city. What else would you like to know?"
)


@pytest.mark.parametrize(
    "heard",
    [
        "Paris is the capital of France.",
        "paris is THE capital, of france",
        "is the capital of",
        "It lies on the river sane and about two million",
        "two million people live in this city",
        "France",
        "What else would you like to know? ",
    ],
)
def test_what_was_spoken_is_an_echo(heard: str) -> None:
    assert is_echo(heard, SAID)


@pytest.mark.parametrize(
    "heard",
    [
        "",
        "...",
        "Stop.",
        "And what about Germany?",
        "No, wait a moment.",
        "Is it the city on the Thames",
        "is of it on to know",  # small words, but from all over the answer
    ],
)
def test_what_a_person_says_is_none(heard: str) -> None:
    assert not is_echo(heard, SAID)


def test_where_nothing_was_spoken_there_is_no_echo() -> None:
    assert not is_echo("Paris", "")


def test_an_answer_of_many_pieces_is_compared_at_once() -> None:
    assert not is_echo("and then " * 20, SAID * 5)


@pytest.mark.parametrize(
    ("heard", "persons"),
    [
        ("Paris is the capital of France. No, stop.", "No, stop."),
        ("capital of France, it lies on the river sane and about two wait!", "wait!"),
        ("Is that the capital of France?", "Is that the capital of France?"),
        ("Paris is it?", "Paris is it?"),
        ("Stop!", "Stop!"),
        ("the river Seine and about", ""),
        ("", ""),
    ],
)
def test_a_persons_words_behind_our_own_are_kept(heard: str, persons: str) -> None:
    assert without_echo(heard, SAID) == persons


STORY = (
    "One day it met a young shepherd who had lost her way in the fog. The dragon showed her the "
    "path, and they became good friends."
)


@pytest.mark.parametrize(
    ("heard", "stranger"),
    [
        ("No, wait a moment.", True),
        ("And what about Germany then?", True),
        ("How many legs does a spider have?", True),
        ("No.", False),  # may be anything
        ("1.", False),
        ("The dress.", False),
        ("One day at Mere Young Chef.", False),
        ("One day at Medicare.", False),
        ("The dragon shook her the bath.", False),
        ("The dragon sh-", False),
        ("", False),
    ],
)
def test_a_sketch_is_a_strangers_when_its_letters_are_not_ours(heard: str, stranger: bool) -> None:
    assert is_stranger(heard, STORY) == stranger


@pytest.mark.parametrize("heard", ["One day at Mere Young Chef", "shook her the bath and they be"])
def test_misheard_words_are_an_echo_by_their_letters(heard: str) -> None:
    assert is_echo(heard, STORY)
