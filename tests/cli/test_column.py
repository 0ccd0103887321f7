"""Streamed words in a column: the same lines however the pieces were cut."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from edgeomni.cli.column import Column

TEXT = st.text(alphabet="ab \n", max_size=200)


def column(*pieces: str) -> str:
    made = Column(indent=4, width=24)
    return "".join([made.feed(piece) for piece in pieces]) + made.end()


def test_words_wrap_at_the_width_and_lines_begin_at_the_indent() -> None:
    assert column("the sea is wide and it is deep too") == (
        "the sea is wide and\n    it is deep too\n"
    )


def test_a_word_that_comes_in_pieces_is_not_broken() -> None:
    assert column("the sea is wide an", "d", " de", "ep") == "the sea is wide and\n    deep\n"


def test_a_word_longer_than_the_line_stands_alone() -> None:
    assert column("see " + "x" * 30 + " now") == f"see\n    {'x' * 30}\n    now\n"


def test_indented_lines_keep_their_indent() -> None:
    assert column('{\n  "a": 1\n}') == '{\n      "a": 1\n    }\n'


def test_a_blank_line_is_empty() -> None:
    assert column("one\n\ntwo") == "one\n\n    two\n"


@given(TEXT, st.lists(st.integers(0, 200), max_size=6))
def test_the_cuts_between_pieces_do_not_matter(text: str, cuts: list[int]) -> None:
    ends = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[start:end] for start, end in itertools.pairwise(ends)]
    assert column(*pieces) == column(text)


@given(TEXT)
def test_no_word_is_lost_and_no_line_is_too_long_but_for_one_word(text: str) -> None:
    made = column(text)
    assert made.split() == text.split()
    assert all(len(line) <= 24 or len(line.split()) == 1 for line in made.split("\n"))
