"""A picture is laid out on a projector's canvas, and every point of it is found again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeomni.vision.canvas import Fitting, canvas_size, laid_out, plain

QWEN25 = Fitting(28, 8, 4096)
SQUARE = Fitting(896)
sides = st.integers(2, 9000)


@pytest.mark.parametrize(
    ("size", "canvas"),
    [
        ((640, 480), (644, 476)),
        ((1920, 1080), (1932, 1092)),
        ((28, 28), (84, 84)),  # 8 tokens at least: 9 are the fewest that are square
        ((4000, 3000), (2044, 1540)),  # 4096 tokens at most
        ((42, 4200), (56, 4200)),  # 1.5 tokens wide: a half is rounded up
        ((70, 2800), (84, 2800)),  # and so is 2.5
    ],
)
def test_sides_become_whole_tokens_within_the_bounds(size, canvas):
    assert canvas_size(*size, QWEN25) == canvas


@given(sides, sides)
def test_a_canvas_holds_whole_tokens_and_not_too_many(width, height):
    if max(width, height) > 200 * min(width, height):
        return
    across, down = canvas_size(width, height, QWEN25)
    assert across % 28 == down % 28 == 0
    assert across * down <= 4096 * 28 * 28 or min(across, down) == 28


@given(sides, sides, st.sampled_from([QWEN25, SQUARE, Fitting(32, 8, 4096, bars=False)]))
def test_a_picture_lies_within_its_canvas_and_its_corners_are_found(width, height, fitting):
    canvas = laid_out(width, height, fitting)
    assert 0 <= canvas.left <= canvas.left + canvas.shown[0] <= canvas.size[0]
    assert 0 <= canvas.top <= canvas.top + canvas.shown[1] <= canvas.size[1]
    first = canvas.left / canvas.size[0], canvas.top / canvas.size[1]
    assert canvas.place(*first) == pytest.approx((0, 0), abs=1e-9)


def test_a_wide_picture_has_bars_above_and_below_on_a_square_canvas():
    canvas = laid_out(1600, 800, SQUARE)
    assert (canvas.shown, canvas.left, canvas.top) == ((896, 448), 0, 224)
    assert canvas.place(0.5, 0.5) == (0.5, 0.5)
    assert canvas.place(0.0, 0.25) == (0.0, 0.0)
    assert canvas.place(1.0, 0.75) == (1.0, 1.0)


def test_a_picture_that_fits_as_it_is_has_no_bars():
    canvas = laid_out(560, 280, QWEN25)
    assert (canvas.size, canvas.left, canvas.top) == ((560, 280), 0, 0)


def test_a_stretched_picture_fills_its_canvas():
    canvas = laid_out(1000, 300, Fitting(896, bars=False))
    assert (canvas.size, canvas.shown) == ((896, 896), (896, 896))


def test_shares_of_the_picture_need_no_canvas():
    assert plain(640, 480).place(0.25, 0.75) == (0.25, 0.75)
