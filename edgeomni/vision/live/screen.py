"""What FFmpeg is asked to open for a screen, a part of it or a window, system by system: pure."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import NoReturn

from edgeomni.errors import MediaError
from edgeomni.vision.device import Device

_REGION = re.compile(r"(-?\d{1,5}),(-?\d{1,5}),(\d{1,5})x(\d{1,5})")
_RATE = {"framerate": "10", "fpsprobesize": "0"}
"""Frames a second, and how many FFmpeg waits for to find that out: with its 20 the first picture
comes after 2 s, without after 0.14."""
_POINTERLESS = {"draw_mouse": "0"}
"""A pointer that moves is no change of what is shown."""


def screen(part: str, environ: Mapping[str, str], platform: str = sys.platform) -> Device:
    """The whole screen, or ``X,Y,WxH`` of it in pixels. Raises MediaError."""
    region = _region(part)
    if platform == "linux":
        where = {"grab_x": "x", "grab_y": "y"}
        display = _display(environ)
        return Device(display, "x11grab", _RATE | _POINTERLESS | _at(region, where), settles=False)
    if platform == "win32":
        where = {"offset_x": "x", "offset_y": "y"}
        options = _RATE | _POINTERLESS | _at(region, where)
        return Device("desktop", "gdigrab", options, settles=False)
    if platform == "darwin":
        if region:
            remedy = "Watch the whole screen with: screen"
            raise MediaError("On macOS only the whole screen can be watched.", remedy=remedy)
        return Device("Capture screen 0:none", "avfoundation", _RATE, settles=False)
    raise MediaError(f"Screens are not known on {platform}.", remedy="Give a video file.")


def window(which: str, environ: Mapping[str, str], platform: str = sys.platform) -> Device:
    """On X11 by the number that ``xwininfo`` shows, on Windows by the title. Raises MediaError."""
    if not which:
        _refuse_window("It is not said which window is meant.", platform)
    if platform == "win32":
        return Device(f"title={which}", "gdigrab", _RATE | _POINTERLESS, settles=False)
    if platform == "linux":
        display = _display(environ)
        try:
            number = int(which, 0)
        except ValueError:
            _refuse_window(f"{which!r} is not the number of a window.", platform)
        options = _RATE | _POINTERLESS | {"window_id": str(number)}
        return Device(display, "x11grab", options, settles=False)
    return _refuse_window("Single windows cannot be watched on this system.", platform)


def _refuse_window(happened: str, platform: str) -> NoReturn:
    remedy = {
        "linux": "Give it as xwininfo shows it, like window:0x3400007, or a part of the screen.",
        "win32": "Give its title, like window:Calculator.",
    }.get(platform, "Watch the whole screen with: screen")
    raise MediaError(happened, remedy=remedy, code="unknown-address")


def _region(part: str) -> tuple[int, int, int, int] | None:
    """Left, top, width and height; None for all. Raises MediaError."""
    if not part:
        return None
    found = _REGION.fullmatch(part.replace(" ", ""))
    if found is None:
        remedy = "Write it as X,Y,WxH in pixels, like screen:100,50,640x360."
        raise MediaError(f"{part!r} is no part of a screen.", remedy=remedy, code="unknown-address")
    left, top, width, height = map(int, found.groups())
    if min(width, height) < 2:
        raise MediaError(
            f"A part of {width}x{height} pixels shows nothing.",
            remedy="Make it larger.",
            code="unknown-address",
        )
    return left, top, width, height


def _at(region: tuple[int, int, int, int] | None, where: Mapping[str, str]) -> dict[str, str]:
    if region is None:
        return {}
    left, top, width, height = region
    corner = {name: str(left if axis == "x" else top) for name, axis in where.items()}
    return corner | {"video_size": f"{width}x{height}"}


def _display(environ: Mapping[str, str]) -> str:
    """Raises MediaError: on Wayland only what asks the user by its portal may see the screen."""
    if environ.get("WAYLAND_DISPLAY") or environ.get("XDG_SESSION_TYPE") == "wayland":
        raise MediaError(
            "The screen cannot be watched in a Wayland session: it shows programs nothing of it.",
            works="Cameras, streams, videos and folders can be watched.",
            remedy="Log in with an X11 (Xorg) session, or watch a folder with screenshots.",
            code="no-screen",
        )
    if not environ.get("DISPLAY"):
        raise MediaError(
            "There is no screen: DISPLAY is not set.",
            works="Cameras, streams, videos and folders can be watched.",
            remedy="Start it in a graphical session.",
            code="no-screen",
        )
    return environ["DISPLAY"]
