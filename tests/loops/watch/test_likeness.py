"""A watch repeats nothing, and says what is gone."""

from __future__ import annotations

import pytest

from edgeomni.loops.watch.likeness import compared, gone, same, says_nothing

DESK = (
    "A wooden desk stands in front of a window and holds a laptop, a cup of coffee, two "
    "notebooks and a lamp that is switched on."
)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("A cat on a sofa.", "A cat on a sofa."),
        ("A cat on a sofa.", "There is a cat on the sofa"),
        ("a cat and a dog", "A dog and a cat."),
    ],
)
def test_the_same_in_nearly_the_same_words_is_a_repetition(before: str, now: str) -> None:
    assert same(before, now)


def test_a_long_caption_may_be_worded_a_little_otherwise() -> None:
    assert same(DESK, DESK.replace("holds", "carries"))


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("A cat on a sofa.", "A dog on a sofa."),
        ("A large red circle on white.", "A large blue circle on white."),
        ("Two people in a room.", "Three people in a room."),
        ("A person in a room.", "No person in a room."),
        ("A star left of a ring.", "A ring left of a star."),
        (DESK, DESK.replace("two", "three")),
        (DESK, DESK.replace("switched on", "switched off")),
        (DESK, DESK + " A man sits behind it and reads a newspaper."),
        ("", "A cat."),
    ],
)
def test_what_differs_in_one_word_that_counts_is_told(before: str, now: str) -> None:
    assert not same(before, now)


@pytest.mark.parametrize(
    "text",
    ["", "  ", "Nothing new.", "No change.", "nothing has changed here", "The scene is unchanged."],
)
def test_an_answer_may_say_that_there_is_nothing_to_say(text: str) -> None:
    assert says_nothing(text)


@pytest.mark.parametrize("text", ["Nothing dangerous.", "Nobody.", "A man came in."])
def test_what_was_found_not_to_be_there_is_something_to_say(text: str) -> None:
    assert not says_nothing(text)


@pytest.mark.parametrize(
    ("before", "now", "lost"),
    [
        (
            "A blue square left of a red heart on a white background.",
            "A large red heart on a white background.",
            ["a blue square"],
        ),
        ("A red circle on white.", "A blue circle on white.", ["a red circle"]),
        ("A small circle.", "A large circle.", []),
        ("A cat and a dog.", "A dog, a cat and a bird.", []),
        ("A red circle on a white background.", "Nothing on a white background.", ["a red circle"]),
        ("Nothing on a white background.", "A red circle on a white background.", []),
        ("One star.", "Two stars.", []),
    ],
)
def test_what_is_gone_is_named_as_it_was(before: str, now: str, lost: list[str]) -> None:
    assert gone(before, now) == lost


def test_a_new_caption_says_what_is_no_longer_there() -> None:
    now = "Nothing on a white background."
    assert compared("A red circle on a white background.", now) == (
        "Nothing on a white background. No longer: a red circle."
    )
