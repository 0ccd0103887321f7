"""Words stay once two transcripts in a row agree on them."""

from __future__ import annotations

import pytest

from edgeomni.speech.ears.agreement import Agreement


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ([""], ("", "")),
        (["what is"], ("", "what is")),
        (["what is", "what is the"], ("what is", "the")),
        (["What is,", "what is the"], ("what is", "the")),
        (["don't", "dont know"], ("", "dont know")),
        (["what is", "what was it"], ("what", "was it")),
        (["a b c", "a b c d", "a b x"], ("a b c", "")),
        (["a b", "a b", "a b c d", "a b c d"], ("a b c d", "")),
        (["a b", "a b", ""], ("a b", "")),
        (["", "a"], ("", "a")),
    ],
)
def test_words_on_which_two_agree_stay(texts: list[str], told: tuple[str, str]) -> None:
    following = Agreement()
    assert [following.take(text) for text in texts][-1] == told


def test_what_stays_is_never_taken_back() -> None:
    following = Agreement()
    for text in ("one two three", "one two three four", "won too", "won too"):
        certain, _ = following.take(text)
    assert certain == "one two three"


def test_a_mark_on_its_own_is_a_word_like_any_other() -> None:
    following = Agreement()
    following.take("so - what")
    assert following.take("so — what now") == ("so — what", "now")
