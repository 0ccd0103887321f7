"""One picture from a camera, taken now: the device is opened, waited for and closed again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

import av
from av.video.frame import VideoFrame

from edgeomni.values import Fit, Image
from edgeomni.vision.device import Device, device
from edgeomni.vision.easel import Easel
from edgeomni.vision.limits import ImageLimits
from edgeomni.vision.opening import check_there, open_device, unusable

SETTLED = 0.8
"""Seconds after which the exposure of a webcam has settled; its first frames are often black."""


def glance(which: str, fit: Fit) -> Image:
    """A settled picture. Raises MediaError."""
    found = device(which)
    check_there(found)
    name = f"camera {which}".strip()
    try:
        frame = _frame(found)
    except (av.FFmpegError, ValueError) as error:
        raise unusable(found, error) from error
    easel = Easel(name, 1.0, ImageLimits())
    seen = easel.picture(frame, 0.0, fit)
    return Image(seen.pixels, seen.width, seen.height, name)


def _frame(found: Device) -> VideoFrame:
    with closing(open_device(found)) as container:
        return _settled(container.decode(video=0), SETTLED if found.settles else 0.0)


def _settled(frames: Iterator[VideoFrame], seconds: float) -> VideoFrame:
    """The first frame that is that old. Raises ValueError when the device gives none."""
    began = time.monotonic()
    last = None
    for last in frames:
        if time.monotonic() - began >= seconds:
            return last
    if last is None:
        raise ValueError("it gave no picture")
    return last
