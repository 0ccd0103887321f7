"""Camera frames of every layout keep their colours and their sides."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as pil

from edgeomni.values import Fit, Image
from edgeomni.vision.camera_frame import FrameScaler, Layout, as_frame
from tests.vision.bombs import quarters
from tests.vision.corpus import error

WIDTH, HEIGHT = 1280, 720
SCENE = quarters(WIDTH, HEIGHT)


def frame_array(layout: Layout) -> np.ndarray:
    rgb = as_frame(np.asarray(SCENE), "rgb24")
    return rgb.reformat(format=layout).to_ndarray().reshape(shape(layout))


def shape(layout: Layout) -> tuple[int, ...]:
    return {
        "rgb24": (HEIGHT, WIDTH, 3),
        "yuyv422": (HEIGHT, WIDTH, 2),
        "yuv420p": (HEIGHT * 3 // 2, WIDTH),
        "nv12": (HEIGHT * 3 // 2, WIDTH),
    }[layout]


def seen(image: Image) -> pil.Image:
    return pil.frombytes("RGB", (image.width, image.height), image.pixels)


@pytest.mark.parametrize("layout", ["rgb24", "yuv420p", "nv12", "yuyv422"])
@pytest.mark.parametrize("fit", [Fit(), Fit(side=448), Fit(pixels=100_000)])
def test_a_frame_keeps_its_colours_and_its_sides(layout: Layout, fit: Fit) -> None:
    image = FrameScaler().image(as_frame(frame_array(layout), layout), fit, "camera")
    assert error(seen(image), SCENE.resize((image.width, image.height))) < 4
    assert image.name == "camera"


def test_a_frame_is_made_as_small_as_it_is_wanted() -> None:
    image = FrameScaler().image(as_frame(frame_array("yuyv422"), "yuyv422"), Fit(side=448))
    assert (image.width, image.height) == (448, 252)


def test_fine_stripes_become_grey_and_not_stripes_again() -> None:
    stripes = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    stripes[:, ::2] = 255
    image = FrameScaler().image(as_frame(stripes, "rgb24"), Fit(side=320))
    assert seen(image).convert("L").getextrema() == pytest.approx((127, 128), abs=4)


def test_an_array_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="ndim"):
        as_frame(np.zeros((10, 10), np.uint8), "rgb24")
