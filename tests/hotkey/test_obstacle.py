"""Where there can be no hotkey, that is known before one is tried."""

from __future__ import annotations

import pytest

from edgeomni.hotkey.obstacle import obstacle

X11 = {"XDG_SESSION_TYPE": "x11", "DISPLAY": ":0"}
WAYLAND = {"XDG_SESSION_TYPE": "wayland", "WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}


@pytest.mark.parametrize(
    ("platform", "env"),
    [
        ("linux", X11),
        ("linux", {"DISPLAY": ":0"}),
        ("linux", X11 | {"WAYLAND_DISPLAY": "nested"}),
        ("darwin", {}),
        ("win32", {}),
    ],
)
def test_on_a_desktop_that_shares_its_keys_there_is_none(
    platform: str, env: dict[str, str]
) -> None:
    assert obstacle(platform, env) is None


@pytest.mark.parametrize(
    ("env", "why"),
    [
        (WAYLAND, "Under Wayland no program hears keys that are typed into other windows"),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "Under Wayland"),
        ({}, "DISPLAY is not set"),
        ({"XDG_SESSION_TYPE": "tty"}, "DISPLAY is not set"),
    ],
)
def test_where_there_is_one_it_is_named(env: dict[str, str], why: str) -> None:
    found = obstacle("linux", env)
    assert found is not None and why in found.happened
    assert found.remedy
