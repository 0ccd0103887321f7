"""What FFmpeg is asked to open for a camera, system by system: pure but for the names of cameras.

A camera is asked for compressed frames first: raw ones of this size fill a USB 2 line at 10 a
second, and take more to read than a JPEG of them takes to decode.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from edgeomni.errors import MediaError

TEST = "test"
"""FFmpeg's test picture: a camera for machines that have none."""
CAMERAS = Path("/sys/class/video4linux")
"""Where Linux names them."""
_SIZE = {"video_size": "1280x720"}
_RATE = {"framerate": "30"}
"""Most cameras have no other at which they give this size."""


@dataclass(frozen=True, slots=True)
class Device:
    """What FFmpeg is asked to open."""

    file: str
    format: str
    """Of a demuxer; empty to have it found out."""
    options: dict[str, str]
    settles: bool = True
    """Its first frames are not to be trusted."""
    lesser: tuple[dict[str, str], ...] = ()
    """Options to try, one after the other, where the device does not agree to these."""

    @property
    def attempts(self) -> tuple[Device, ...]:
        return (self, *(replace(self, options=each, lesser=()) for each in self.lesser))


def device(which: str, platform: str = sys.platform, named: Path = CAMERAS) -> Device:
    """The camera of a number or a name; empty for the first one. Raises MediaError."""
    if which == TEST:
        return Device("testsrc2=size=640x360:rate=10", "lavfi", {}, settles=False)
    if platform == "linux":
        compressed = {"input_format": "mjpeg"} | _SIZE
        return Device(_node(which, named), "v4l2", compressed, lesser=(_SIZE, {}))
    if platform == "darwin":
        file, slow = f"{which or 0}:none", {"framerate": "15"}
        return Device(file, "avfoundation", _SIZE | _RATE, lesser=(_RATE, slow, {}))
    if platform == "win32":
        if not which or which.isdecimal():
            remedy = "Give its name as the device manager shows it: camera:Integrated Camera."
            raise MediaError("On Windows a camera is chosen by its name.", remedy=remedy)
        compressed = {"vcodec": "mjpeg"} | _SIZE
        return Device(f"video={which}", "dshow", compressed, lesser=(_SIZE, {}))
    raise MediaError(f"Cameras are not known on {platform}.", remedy="Give a picture file.")


def _node(which: str, named: Path) -> str:
    """The file of a camera on Linux. Raises MediaError."""
    if not which or which.isdecimal():
        return f"/dev/video{which or 0}"
    if which.startswith("/"):
        return which
    found = _names(named)
    wanted = which.casefold()
    for node, name in found.items():
        if wanted in name.casefold():
            return f"/dev/{node}"
    listed = ", ".join(sorted(set(found.values()))) or "none"
    remedy = f"Connect it, or choose another one; there are: {listed}."
    raise MediaError(f"There is no camera named {which}.", remedy=remedy, code="no-camera")


def _names(named: Path) -> dict[str, str]:
    """Of the nodes that give pictures; others of the same camera tell only about them."""
    names = {}
    nodes = sorted(named.glob("video*"), key=lambda node: int(node.name[5:] or 0))
    for node in nodes:
        try:
            if int((node / "index").read_text()) == 0:
                names[node.name] = (node / "name").read_text().strip()
        except (OSError, ValueError):
            continue
    return names
