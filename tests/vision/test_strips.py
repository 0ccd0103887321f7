"""Long pictures are cut into parts that overlap, at quiet places, and lose nothing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeomni.values import Fit
from edgeomni.vision.strips import LONG, MAX_PARTS, boxes, part_count, whole_size

LONG_SIZES = st.tuples(st.integers(40, 2000), st.floats(1.0, 150.0)).map(
    lambda drawn: (drawn[0], int(drawn[0] * drawn[1]))
)


@pytest.mark.parametrize("size", [(100, 100), (1080, 2400), (2400, 1080), (1920, 1080)])
def test_an_ordinary_picture_stays_whole(size):
    assert boxes(size) == [(0, 0, *size)]


def test_a_scrolled_page_is_cut_from_the_top():
    parts = boxes((1000, 6000))
    assert [part[1] < part[3] for part in parts] == [True] * part_count((1000, 6000))
    assert all((left, right) == (0, 1000) for left, _, right, _ in parts)


def test_a_panorama_is_cut_from_the_left():
    parts = boxes((6000, 1000))
    assert parts == [(top, left, bottom, right) for left, top, right, bottom in boxes((1000, 6000))]


@given(LONG_SIZES)
def test_the_parts_cover_the_whole_and_overlap(size):
    spans = [(top, bottom) for _, top, _, bottom in boxes(size)]
    assert spans[0][0] == 0 and spans[-1][1] == size[1] and len(spans) <= MAX_PARTS
    for (_, end), (start, _) in pairwise(spans):
        assert 0.05 * size[0] <= end - start <= 0.2 * size[0]


@given(LONG_SIZES)
def test_the_parts_are_not_long_themselves(size):
    longest = max(bottom - top for _, top, _, bottom in boxes(size))
    assert longest <= max(LONG * size[0], size[1] / MAX_PARTS + 0.2 * size[0])


def test_cuts_are_moved_to_quiet_rows():
    lines = [0 if row % 50 < 15 else 9 for row in range(6000)]
    inner = boxes((1000, 6000), lines)
    cuts = [part[1] for part in inner[1:]] + [part[3] for part in inner[:-1]]
    assert cuts and all(lines[cut] == 0 for cut in cuts)


@given(LONG_SIZES, st.integers(200, 2000))
def test_every_part_is_within_the_fit(size, side):
    whole = whole_size(size, Fit(side=side))
    for left, top, right, bottom in boxes(whole):
        assert max(right - left, bottom - top) <= side + 2


def test_without_a_fit_nothing_is_made_smaller():
    assert whole_size((1000, 9000), None) == (1000, 9000)
