"""Frames of every kind become the same small grid."""

from __future__ import annotations

import numpy as np
import pytest
from av.video.frame import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from edgeomni.vision.gate.grid import grid

FULL = ("gray", "yuvj420p", "yuvj422p", "yuvj444p", "gray10le", "yuv420p10le")
LIMITED = ("yuv420p", "nv12", "nv21", "yuyv422", "uyvy422")
"""White is 235 in them, black is 16."""
COLOURED = ("rgb24", "bgr24", "rgba", "bgra", "argb", "abgr", "rgb0", "0bgr")


def luma(width: int, height: int) -> np.ndarray:
    """Brighter to the right and to the bottom, from 0 to 250."""
    across, down = np.linspace(0, 125, width), np.linspace(0, 125, height)
    return (across[None, :] + down[:, None]).round().astype(np.uint8)


def frame(layout: str, width: int = 640, height: int = 360) -> VideoFrame:
    return VideoFrame.from_ndarray(luma(width, height), format="gray").reformat(format=layout)


def expected(width: int, height: int, side: int) -> np.ndarray:
    rows, columns = height // side, width // side
    whole = luma(width, height)[: rows * side, : columns * side].astype(float)
    return np.asarray(whole.reshape(rows, side, columns, side).mean(axis=(1, 3)))


def far(one: np.ndarray, other: np.ndarray) -> float:
    """The largest difference in levels."""
    return float(np.abs(one.astype(float) - other).max())


@pytest.mark.parametrize("layout", [*FULL, *COLOURED])
def test_a_cell_is_the_mean_of_a_square(layout: str) -> None:
    assert far(grid(frame(layout)), expected(640, 360, 10)) <= 3


@pytest.mark.parametrize("layout", LIMITED)
def test_layouts_of_cameras_keep_their_own_levels(layout: str) -> None:
    assert far(grid(frame(layout)), 16 + expected(640, 360, 10) * 219 / 255) <= 3


@pytest.mark.parametrize(
    ("width", "height", "side"),
    [
        (1280, 720, 20),
        (854, 480, 14),
        (640, 480, 10),
        (360, 640, 10),
        (160, 90, 2),
        (3840, 2160, 60),
    ],
)
def test_cells_are_square_and_some_64_of_them_lie_across(
    width: int, height: int, side: int
) -> None:
    made = grid(frame("gray", width, height))
    assert made.shape == (height // side, width // side)
    assert far(made, expected(width, height, side)) <= 3


def test_noise_is_averaged_off() -> None:
    noisy = np.random.default_rng(1).normal(128, 12, (360, 640)).clip(0, 255).astype(np.uint8)
    assert grid(VideoFrame.from_ndarray(noisy, format="gray")).std() < 2


@given(
    width=st.integers(1, 200),
    height=st.integers(1, 200),
    layout=st.sampled_from([*FULL, *COLOURED, "yuv420p", "yuyv422", "pal8"]),
)
def test_no_size_is_too_odd(width: int, height: int, layout: str) -> None:
    made = grid(VideoFrame(width, height, layout))
    assert made.dtype == np.uint8
    assert min(made.shape) >= 1


def test_a_frame_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="0x0 shows nothing"):
        grid(VideoFrame(0, 0, "gray"))
