"""What two parts of a long picture both show is said once, and nothing else is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeomni.vision.seam import without_repetition


def joined(upper: str, lower: str) -> str:
    found = without_repetition(upper, lower)
    return "\n".join(found) if found else f"{upper}\n-\n{lower}"


@pytest.mark.parametrize(
    ("upper", "lower", "whole"),
    [
        pytest.param("a\nb\nc", "c\nd", "a\nb\nc\nd", id="one line"),
        pytest.param("a\nb\nc\nd", "b\nc\nd\ne", "a\nb\nc\nd\ne", id="several lines"),
        pytest.param("a\nb\n\nc\n", "\nb\n\n\nc\nd", "a\nb\n\nc\nd", id="empty lines"),
        pytest.param("a\nthe  Sea,", "The sea\nd", "a\nthe  Sea,\nd", id="blanks and marks"),
        pytest.param("a\ncosts 1O,5O", "costs 10.50\nd", "a\ncosts 1O,5O\nd", id="lookalikes"),
        pytest.param(
            "a\nThe qulck brown fox\njumps over",
            "The quick brown fox\njumps over\nthe dog",
            "a\nThe qulck brown fox\njumps over\nthe dog",
            id="a slip of the upper reading",
        ),
        pytest.param(
            "a\nThe quick brown horse\njumps over the dog",
            "The quick brown h0rse\njumps over the dog\nand runs",
            "a\nThe quick brown horse\njumps over the dog\nand runs",
            id="a slip of the lower reading",
        ),
        pytest.param(
            "a\nDear reader,\nthis is wha",
            "Dear reader,\nthis is what I meant\nto say",
            "a\nDear reader,\nthis is what I meant\nto say",
            id="the bottom line is half a line",
        ),
        pytest.param(
            "a\nDear reader,\nthis is what I meant",
            "ear reade\nthis is what I meant\nto say",
            "a\nDear reader,\nthis is what I meant\nto say",
            id="the top line is half a line",
        ),
        pytest.param(
            "a\nb\nUhis js whal l meanl",
            "a\nb\nThis is what I meant\nto say",
            "a\nb\nThis is what I meant\nto say",
            id="letters that the cut went through",
        ),
        pytest.param(
            "a\nthis is what I me",
            "this is what I meant\nto say",
            "a\nthis is what I meant\nto say",
            id="half a line alone",
        ),
        pytest.param(
            "| a | 1 |\n|---|---|\n| b | 2 |\n| c | 3 |\n| d | 4 |",
            "| b | 2 |\n|---|---|\n| c | 3 |\n| d | 4 |\n| e | 5 |",
            "| a | 1 |\n|---|---|\n| b | 2 |\n| c | 3 |\n| d | 4 |\n| e | 5 |",
            id="a table that begins anew",
        ),
        pytest.param(
            "```\na\nb\nc\n```",
            "```\nb\nc\nd\n```",
            "```\na\nb\nc\nd\n```",
            id="fences around both",
        ),
        pytest.param(
            "Once there was a king who had three sons and a",
            "a king who had three sons and a daughter.\nEnd",
            "Once there was a king who had three sons and a\ndaughter.\nEnd",
            id="a paragraph in one line",
        ),
        pytest.param("a\nb\nc", "b\nc", "a\nb\nc", id="a part that says nothing new"),
        pytest.param("b\nc", "a\nb\nc\nd", "b\nc\n-\na\nb\nc\nd", id="a middle is no seam"),
    ],
)
def test_lines_at_the_seam_are_said_once(upper: str, lower: str, whole: str) -> None:
    assert joined(upper, lower) == whole


@pytest.mark.parametrize(
    ("upper", "lower"),
    [
        ("a\nb", "c\nd"),
        ("a\nrow 11\nrow 12", "row 13\nrow 14"),
        ("Total 10.50", "Total 10.60"),
        ("Option A", "Option B"),
        ("we met on a Tuesday", "we met on a Sunday"),
        ("a\nyes", "yesterday\nb"),
        ("Reply\nyes", "Reply\nyesterday"),
        ("Reply\nNice photo of a dog", "Reply\nNice photo of a cat"),
        ("", "a"),
        ("a", ""),
        ("---", "---"),
    ],
)
def test_what_is_not_said_twice_stays(upper: str, lower: str) -> None:
    assert without_repetition(upper, lower) is None


def test_of_a_list_of_like_lines_none_is_lost() -> None:
    assert joined("row 1\nrow 2\nrow 3", "row 2\nrow 3\nrow 4") == "row 1\nrow 2\nrow 3\nrow 4"


def test_lines_that_the_picture_repeats_itself_are_rather_kept() -> None:
    assert joined("ok\nok\nok", "ok\nok\nok").split("\n").count("ok") == 5


LINES = st.lists(st.text("abcdefgh ", min_size=1, max_size=12), unique=True, max_size=8)


@given(LINES, st.integers(0, 8), st.integers(0, 8))
def test_every_line_is_there_afterwards(lines: list[str], start: int, stop: int) -> None:
    upper, lower = "\n".join(lines[:stop]), "\n".join(lines[start:])
    there = joined(upper, lower).split("\n")
    assert [line for line in lines[:stop] + lines[start:] if line not in there] == []
