"""Opens what FFmpeg takes for a device, and says in words why it could not: for a picture and for
a live source alike."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import av
from av.container import InputContainer

from edgeomni.errors import MediaError
from edgeomni.vision.container import TOLERANT
from edgeomni.vision.device import Device

PATIENCE = (10.0, 5.0)
"""Seconds for opening a device, and for a frame."""
_FINAL = (PermissionError, FileNotFoundError)
_FINAL_ERRNO = (errno.EBUSY, errno.ENODEV, errno.ENXIO)
"""Other options do not help against these."""
_NO_CAMERA = {
    "linux": "Connect one, or give a picture file; `ls /dev/video*` shows what is there.",
    "darwin": "Connect one, and allow the terminal to use it: System Settings, Privacy & Security, "
    "Camera.",
    "win32": "Connect one, and allow desktop apps to use it: Settings, Privacy & security, Camera.",
}
_NO_PERMISSION = {
    "linux": "Join the group video and log in again: sudo usermod -aG video $USER",
    "darwin": "Allow the terminal to use the camera: System Settings, Privacy & Security, Camera.",
    "win32": "Allow desktop apps to use the camera: Settings, Privacy & security, Camera.",
}


def open_device(
    found: Device,
    patience: tuple[float, float] = PATIENCE,
    more: dict[str, str] | None = None,
) -> InputContainer:
    """With the first options that it agrees to, and ``more`` of them. Raises FFmpegError."""
    for attempt in found.attempts[:-1]:
        try:
            return _open(attempt, patience, more)
        except av.FFmpegError as error:
            if isinstance(error, _FINAL) or error.errno in _FINAL_ERRNO:
                raise
    return _open(found.attempts[-1], patience, more)


def _open(
    found: Device, patience: tuple[float, float], more: dict[str, str] | None
) -> InputContainer:
    options = found.options | (more or {})
    container: InputContainer = av.open(
        found.file,
        mode="r",
        format=found.format or None,
        options=options,
        timeout=patience,
        **TOLERANT,
    )
    return container


def check_there(found: Device) -> None:
    """Raises MediaError."""
    if found.format == "v4l2" and not Path(found.file).exists():
        raise no_camera(found)


def no_camera(found: Device, platform: str = sys.platform) -> MediaError:
    where = f" at {found.file}" if found.format == "v4l2" else f" «{_called(found)}»"
    return _refusal(f"There is no camera{where}.", _NO_CAMERA.get(platform, ""), "no-camera")


def unusable(
    found: Device, error: Exception, platform: str = sys.platform, proc: Path = Path("/proc")
) -> MediaError:
    """Why a camera or a screen that is there cannot be opened, or gives nothing."""
    name = _called(found)
    number = getattr(error, "errno", None)
    if isinstance(error, PermissionError):
        remedy = _NO_PERMISSION.get(platform, "")
        return _refusal(f"You may not use the camera {name}.", remedy, "no-permission")
    if isinstance(error, FileNotFoundError) or number in (errno.ENODEV, errno.ENXIO):
        return no_camera(found, platform)
    if number == errno.EBUSY:
        holder = _holder(found.file, proc)
        by = f" by {holder}" if holder else " by another program"
        return _refusal(f"The camera {name} is in use{by}.", "Close that program.", "busy")
    if found.format in ("x11grab", "gdigrab"):
        remedy = "See that the screen is there, and that the part lies within it."
        return _refusal(f"The screen {name} gives no picture: {_said(error)}.", remedy, "no-screen")
    remedy = "See whether another program holds it, and connect it again."
    if platform == "darwin":
        remedy = f"{_NO_PERMISSION[platform]} {remedy}"
    return _refusal(f"The camera {name} gives no picture: {_said(error)}.", remedy, "no-picture")


def _called(found: Device) -> str:
    return found.file.removeprefix("video=").removesuffix(":none")


def _said(error: Exception) -> str:
    """Never the whole text of FFmpeg's errors, which name what was opened."""
    return str(getattr(error, "strerror", None) or error)[:200]


def _refusal(happened: str, remedy: str, code: str) -> MediaError:
    works = "Pictures from files work."
    return MediaError(happened, works=works, remedy=remedy, code=code)


def _holder(file: str, proc: Path) -> str:
    """The program that has a device open, where the system tells; empty where it does not."""
    wanted = os.path.realpath(file)
    for link in proc.glob("[0-9]*/fd/*"):
        try:
            if os.path.realpath(link) == wanted:
                process = link.parents[1]
                name = (process / "comm").read_text(errors="replace").strip()
                return f"{name} (process {process.name})"
        except OSError:
            continue
    return ""
