"""Where keys can be heard that are typed into other windows, and where not."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

from edgeomni.errors import DeviceError
from edgeomni.paths import pip_install


def obstacle(platform: str, env: Mapping[str, str]) -> DeviceError | None:
    """Why there can be no hotkey, as far as that is known before one is tried. Pure."""
    if platform in ("darwin", "win32"):
        return None
    session = env.get("XDG_SESSION_TYPE", "")
    if session == "wayland" or (session != "x11" and env.get("WAYLAND_DISPLAY")):
        return DeviceError(
            "Under Wayland no program hears keys that are typed into other windows, so that the "
            "hotkey does not work.",
            remedy="In an X11 session it does.",
        )
    if not env.get("DISPLAY"):
        return DeviceError(
            "The hotkey does not work: there is no X display here, DISPLAY is not set.",
            remedy="Start edgeomni from a terminal on the desktop.",
        )
    return None


def is_installed() -> bool:
    """Whether the extra ``hotkey`` is there; it is not imported."""
    return importlib.util.find_spec("pynput") is not None


def not_installed() -> DeviceError:
    return DeviceError(
        "The hotkey does not work: pynput is not installed.",
        remedy=f"This adds it: {pip_install('edgeomni[hotkey]')}",
    )


def not_trusted() -> DeviceError:
    return DeviceError(
        "The hotkey does not work: macOS lets this terminal hear no keys of other windows.",
        remedy="Allow it under System Settings, Privacy & Security, both Accessibility and Input "
        "Monitoring; then start again.",
    )
