"""How much of the sound was heard tells which words were."""

from __future__ import annotations

import pytest

from edgeomni.speech.voices.heard import beginning


@pytest.mark.parametrize(
    ("text", "share", "words"),
    [
        ("", 1.0, ""),
        ("one", 0.4, ""),
        ("one", 0.6, "one"),
        ("one two six", 0.34, "one"),
        ("one two  six ", 0.67, "one two"),
        ("one two three ", 1.0, "one two three"),
    ],
)
def test_a_share_of_a_text_is_a_number_of_words(text: str, share: float, words: str) -> None:
    assert beginning(text, text, share) == words


def test_a_long_word_takes_longer_than_a_short_one() -> None:
    text = "Photosynthesis is a big thing"
    assert beginning(text, text, 0.2) == ""
    assert beginning(text, text, 0.5) == "Photosynthesis"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("7", "seven"),
        ("28", "twenty eight"),
        ("384,400", "three hundred eighty four thousand four hundred"),
        ("1,200,000", "one million two hundred thousand"),
        ("1.28", "one point two eight"),
        ("$25", "twenty five dollars"),
        ("45%", "forty five percent"),
        ("NASA", "en ay es ay"),
    ],
)
def test_what_is_read_out_takes_as_long_as_its_words(number: str, words: str) -> None:
    """Beside a word of so many letters, its middle is a quarter of the whole: roughly."""
    text = f"{number} {'x' * sum(map(str.isalpha, words))}"
    assert beginning(text, text, 0.18) == ""
    assert beginning(text, text, 0.32) == number


def test_a_unit_takes_as_long_as_it_is_spoken() -> None:
    written, spoken = "Add 5 ml of it.", "Add 5 milliliters of it."
    assert beginning(written, spoken, 0.8) == "Add 5 ml"
    assert beginning(written, written, 0.8) == "Add 5 ml of"


def test_what_is_not_said_takes_no_time() -> None:
    written = "See **this** page (https://example.org/a/very/long/address/of/it) for more."
    spoken = "See this page for more."
    assert beginning(written, spoken, 0.7).endswith("for")
    assert beginning(written, spoken, 0.3) == "See **this**"


def test_in_the_end_all_was_heard() -> None:
    written = "It is 5 km away --- see [1]."
    assert beginning(written, "It is 5 kilometers away.", 1.0) == written
