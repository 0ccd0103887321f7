"""How many columns text takes on a terminal."""

from __future__ import annotations

import pytest

from edgeomni.cli.width import beginning, columns, end


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("cat", 3), ("猫", 2), ("\uff43\uff41\uff54", 6), ("e\u0301", 1), ("한국어", 6)],
)
def test_wide_characters_take_two_columns_and_accents_none(text: str, width: int) -> None:
    assert columns(text) == width


@pytest.mark.parametrize(
    ("width", "first", "last"), [(0, "", ""), (1, "a", "b"), (2, "a", "b"), (3, "a猫", "猫b")]
)
def test_half_a_character_is_none(width: int, first: str, last: str) -> None:
    assert (beginning("a猫猫b", width), end("a猫猫b", width)) == (first, last)
