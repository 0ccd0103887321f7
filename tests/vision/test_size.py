"""The arithmetic of sizes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeomni.values import Fit
from edgeomni.vision.size import fitted

LENGTHS = st.integers(1, 20_000)
BOUNDS = st.integers(0, 10_000)


@pytest.mark.parametrize(
    ("size", "fit", "wanted"),
    [
        ((8000, 6000), None, (8000, 6000)),
        ((8000, 6000), Fit(), (8000, 6000)),
        ((8000, 6000), Fit(side=1024), (1024, 768)),
        ((6000, 8000), Fit(side=1024), (768, 1024)),
        ((8000, 6000), Fit(pixels=480_000), (800, 600)),
        ((8000, 6000), Fit(side=400, pixels=480_000), (400, 300)),
        ((640, 480), Fit(side=1024, pixels=1_000_000), (640, 480)),
        ((20_000, 100), Fit(side=100), (100, 1)),
    ],
)
def test_a_size_is_fitted(size, fit, wanted):
    assert fitted(size, fit) == wanted


@given(LENGTHS, LENGTHS, BOUNDS, BOUNDS)
def test_no_bound_is_crossed_but_for_the_last_pixel(width, height, side, pixels):
    small = fitted((width, height), Fit(side, pixels))
    assert 1 <= small[0] <= width and 1 <= small[1] <= height
    assert not side or max(small) <= side
    assert not pixels or small[0] * small[1] <= pixels or min(small) == 1


@given(st.integers(200, 20_000), st.integers(200, 20_000), st.integers(200, 10_000))
def test_the_shape_stays(width, height, side):
    small = fitted((width, height), Fit(side))
    assert small[0] / width == pytest.approx(small[1] / height, abs=1 / min(width, height))


@given(LENGTHS, LENGTHS, BOUNDS)
def test_a_side_that_is_wanted_is_met_exactly(width, height, side):
    assert max(fitted((width, height), Fit(side))) == min(side or 1 << 20, max(width, height))
