"""One picture from a camera, taken now: the device is opened, waited for and closed again."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import av
from av.video.frame import VideoFrame

from edgeomni.errors import MediaError
from edgeomni.values import Fit, Image
from edgeomni.vision.easel import Easel
from edgeomni.vision.limits import ImageLimits
from edgeomni.vision.source import refusal

TEST = "test"
"""FFmpeg's test picture: a camera for machines that have none."""
_SETTLED = 0.8
"""Seconds after which the exposure of a webcam has settled; its first frames are often black."""
_PATIENCE = (10.0, 5.0)
"""Seconds for opening a device, and for a frame."""
_SIZE = "1280x720"


@dataclass(frozen=True, slots=True)
class Device:
    """What FFmpeg is asked to open."""

    file: str
    format: str
    options: dict[str, str]
    settles: bool = True
    """Its first frames are not to be trusted."""


def device(which: str, platform: str = sys.platform) -> Device:
    """The camera of a number or a name; empty for the first one. Raises MediaError."""
    size = {"video_size": _SIZE}
    if which == TEST:
        return Device("testsrc2=size=640x360:rate=30", "lavfi", {}, settles=False)
    if platform == "linux":
        path = f"/dev/video{which or 0}" if not which or which.isdecimal() else which
        return Device(path, "v4l2", size)
    if platform == "darwin":
        return Device(f"{which or 0}:none", "avfoundation", size | {"framerate": "30"})
    if platform == "win32":
        if not which or which.isdecimal():
            remedy = "Give its name as the device manager shows it: camera:Integrated Camera."
            raise MediaError("On Windows a camera is chosen by its name.", remedy=remedy)
        return Device(f"video={which}", "dshow", size)
    raise MediaError(f"Cameras are not known on {platform}.", remedy="Give a picture file.")


def glance(which: str, fit: Fit) -> Image:
    """A settled picture. Raises MediaError."""
    found = device(which)
    _check_there(found)
    name = f"camera {which}".strip()
    try:
        frame = _frame(found)
    except (av.FFmpegError, ValueError) as error:
        raise _unusable(found, error) from error
    easel = Easel(name, 1.0, ImageLimits())
    seen = easel.picture(frame, 0.0, fit)
    return Image(seen.pixels, seen.width, seen.height, name)


def _frame(found: Device) -> VideoFrame:
    container = av.open(found.file, format=found.format, options=found.options, timeout=_PATIENCE)
    with closing(container):
        return _settled(container.decode(video=0), _SETTLED if found.settles else 0.0)


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


def _check_there(found: Device) -> None:
    if found.format == "v4l2" and not Path(found.file).exists():
        raise refusal(
            f"There is no camera at {found.file}.",
            "Connect one, or give a picture file; `ls /dev/video*` shows what is there.",
        )


def _unusable(found: Device, error: Exception) -> MediaError:
    if isinstance(error, PermissionError):
        return refusal(
            f"You may not use the camera {found.file}.",
            "On Linux join the group video; on macOS allow the terminal to use the camera.",
        )
    return refusal(
        f"The camera {found.file} gives no picture: {str(error)[:200]}.",
        "See whether another program holds it, and connect it again.",
    )
