"""Icons of one ink become drawings in many colours that keep their outline."""

import random

import numpy as np
import pytest

pytest.importorskip("skimage", reason="the extra `train` is not installed")

from nano.inks import painted, with_regions

WHITE, BLACK = (np.full(3, v, np.float32) for v in (255, 0))


def frame(*, gap: bool = False) -> np.ndarray:
    """Two rooms with a wall between them; ``gap`` opens the second one."""
    ink = np.zeros((48, 48), np.uint8)
    ink[8:40, 8:40] = 255
    ink[12:36, 12:22] = ink[12:36, 26:36] = 0
    if gap:
        ink[20:28, 36:] = 0
    return ink


def test_what_lines_enclose_is_a_region_each_and_the_rest_is_outside() -> None:
    regions = with_regions(frame())[..., 1]
    assert regions[0, 0] == 0
    assert {regions[24, 16], regions[24, 30]} == {1, 2}
    assert regions[24, 9] == regions[24, 16]  # under the line too


def test_what_is_open_is_outside() -> None:
    regions = with_regions(frame(gap=True))[..., 1]
    assert regions[24, 16] == 1
    assert regions[24, 30] == 0


@pytest.mark.parametrize("behind", [WHITE, BLACK])
def test_nothing_is_painted_outside(behind: np.ndarray) -> None:
    drawing = with_regions(frame())
    for seed in range(40):
        alpha = np.asarray(painted(drawing, random.Random(seed), behind).getchannel("A"))
        assert alpha[:6].max() == alpha[:, 42:].max() == 0
        assert alpha[24, 10] > 200


def test_some_of_it_stands_out_from_what_is_behind() -> None:
    drawing = with_regions(frame())
    for seed in range(40):
        image = np.asarray(painted(drawing, random.Random(seed), BLACK)).astype(np.float32)
        assert (np.linalg.norm(image[..., :3], axis=-1) * (image[..., 3] > 200)).max() > 50


def test_colours_differ_from_time_to_time() -> None:
    drawing = with_regions(frame())
    made = {painted(drawing, random.Random(seed), WHITE).tobytes() for seed in range(10)}
    assert len(made) == 10
