"""Lines are read column by column, whatever order they were written in."""

from __future__ import annotations

import random

import pytest

from edgeomni.vision.reading_order import MAX_LINES, Line, in_reading_order, turned


def line(text: str, left: float, base: float, width: float = 100, height: float = 10) -> Line:
    return Line(text, left, base, left + width, base + height)


def read(lines: list[Line]) -> str:
    return " ".join(each.text for each in in_reading_order(lines))


TITLE = line("title", 50, 780, width=300, height=20)
LEFT = [line(f"a{n}", 50, 740 - 14 * n) for n in range(3)]
RIGHT = [line(f"b{n}", 200, 740 - 14 * n) for n in range(3)]
FOOT = line("foot", 190, 40, width=20)


@pytest.mark.parametrize("seed", range(20))
def test_columns_follow_their_title_and_come_before_the_foot(seed):
    lines = [TITLE, *LEFT, *RIGHT, FOOT]
    random.Random(seed).shuffle(lines)
    assert read(lines) == "title a0 a1 a2 b0 b1 b2 foot"


def test_a_label_beside_its_value_is_no_column():
    assert read([line("12 EUR", 300, 700), line("Total", 50, 700)]) == "Total 12 EUR"


def test_one_column_is_read_from_the_top():
    lines = [line(str(n), 50, 700 - 14 * n, width=300 - 20 * (n % 3)) for n in range(30)]
    assert read(lines[::-1]) == " ".join(map(str, range(30)))


def test_what_lies_upon_another_keeps_to_the_top_and_left():
    lines = [line("c", 60, 698), line("b", 80, 700), line("a", 50, 700)]
    assert read(lines) == "a b c"


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_page_is_read_as_it_is_seen(degrees):
    written = {90: 270, 180: 180, 270: 90}[degrees]
    lines = [turned(each, written) for each in (FOOT, *RIGHT, *LEFT, TITLE)]
    assert read([turned(each, degrees) for each in lines]) == "title a0 a1 a2 b0 b1 b2 foot"


def test_a_page_of_very_many_lines_keeps_its_order():
    lines = [line(str(n), 50, n) for n in range(MAX_LINES + 1)]
    assert in_reading_order(lines) == lines


@pytest.mark.parametrize("count", [0, 1])
def test_next_to_nothing_is_in_order(count):
    assert in_reading_order(LEFT[:count]) == LEFT[:count]
