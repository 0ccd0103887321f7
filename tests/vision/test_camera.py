"""One picture from a camera: FFmpeg's own test picture stands in where there is no device."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edgeomni.errors import MediaError
from edgeomni.values import Fit
from edgeomni.vision.camera import glance
from edgeomni.vision.client import EyesWorker
from edgeomni.vision.device import device


@pytest.fixture
def eyes(tmp_path: Path) -> Iterator[EyesWorker]:
    made = EyesWorker(tmp_path / "eyes.log")
    yield made
    made.close()


def test_a_picture_comes_within_the_wanted_size() -> None:
    seen = glance("test", Fit(side=320))
    assert (seen.width, seen.height) == (320, 180)
    assert np.frombuffer(seen.pixels, np.uint8).std() > 30


def test_the_worker_takes_one_and_closes_the_device(eyes: EyesWorker) -> None:
    first, second = (eyes.glance("test", Fit(side=64)) for _ in range(2))
    assert (first.width, first.name) == (64, "camera test")
    assert second.digest == first.digest


@pytest.mark.skipif(sys.platform != "linux", reason="the names of devices are Linux's")
def test_a_camera_that_is_not_there_is_said(eyes: EyesWorker) -> None:
    with pytest.raises(MediaError, match="no camera at /dev/video99"):
        eyes.glance("99", Fit())


@pytest.mark.skipif(sys.platform != "linux", reason="the names of devices are Linux's")
def test_a_device_that_is_no_camera_is_said(eyes: EyesWorker) -> None:
    with pytest.raises(MediaError, match="gives no picture"):
        eyes.glance("/dev/null", Fit())


@pytest.mark.parametrize(
    ("platform", "which", "file", "format"),
    [
        ("linux", "", "/dev/video0", "v4l2"),
        ("linux", "2", "/dev/video2", "v4l2"),
        ("linux", "/dev/v4l/by-id/desk", "/dev/v4l/by-id/desk", "v4l2"),
        ("darwin", "", "0:none", "avfoundation"),
        ("darwin", "1", "1:none", "avfoundation"),
        ("win32", "Integrated Camera", "video=Integrated Camera", "dshow"),
    ],
)
def test_every_system_has_its_way_to_name_a_camera(platform, which, file, format) -> None:
    found = device(which, platform)
    assert (found.file, found.format) == (file, format)


@pytest.mark.parametrize(("platform", "said"), [("win32", "by its name"), ("sunos5", "sunos5")])
def test_where_a_camera_cannot_be_named_is_said(platform: str, said: str) -> None:
    with pytest.raises(MediaError, match=said):
        device("", platform)
