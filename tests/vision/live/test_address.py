"""What is to be watched, from what the user writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeomni.errors import MediaError
from edgeomni.vision.live.address import source
from edgeomni.vision.live.redact import Redactor, shown

X11 = {"DISPLAY": ":1"}


@pytest.mark.parametrize(
    ("address", "kind", "format"),
    [
        ("camera", "camera", "v4l2"),
        ("camera:0", "camera", "v4l2"),
        ("/dev/video3", "camera", "v4l2"),
        ("camera:test", "test", "lavfi"),
        ("test", "test", "lavfi"),
        ("screen", "screen", "x11grab"),
        ("screen:0,0,64x64", "screen", "x11grab"),
        ("window:0x3400007", "screen", "x11grab"),
        ("rtsp://host/path", "stream", "rtsp"),
        ("RTSP://host/path", "stream", "rtsp"),
        ("http://host/live.mjpg", "stream", ""),
        ("https://host:8080/?action=stream", "stream", ""),
        ("http://host/now.JPG?u=me", "snapshot", "jpeg_pipe"),
    ],
)
def test_an_address_says_what_is_watched(address: str, kind: str, format: str) -> None:
    found = source(address, X11, "linux")
    assert found.device
    assert (found.kind, found.device.format) == (kind, format)


@pytest.mark.parametrize(
    ("address", "platform", "file", "format"),
    [
        ("camera:FaceTime", "darwin", "FaceTime:none", "avfoundation"),
        ("camera:Integrated Camera", "win32", "video=Integrated Camera", "dshow"),
        ("screen", "darwin", "Capture screen 0:none", "avfoundation"),
        ("screen", "win32", "desktop", "gdigrab"),
        ("window:Calculator", "win32", "title=Calculator", "gdigrab"),
    ],
)
def test_every_system_has_its_own_way(address, platform, file, format) -> None:
    device = source(address, {}, platform).device
    assert device
    assert (device.file, device.format) == (file, format)


def test_files_and_folders_are_told_apart(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"x")
    assert [source(str(each)).kind for each in (tmp_path, clip)] == ["folder", "file"]


def test_a_file_named_like_a_device_is_a_file(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "test").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    assert source("test").kind == "file"


def test_a_part_of_the_screen_is_where_it_is_asked_for() -> None:
    device = source("screen:100,50,640x360", X11, "linux").device
    assert device
    assert device.options | {"grab_x": "100", "grab_y": "50", "video_size": "640x360"} == (
        device.options
    )


@pytest.mark.parametrize(
    ("address", "environ", "platform", "code", "said"),
    [
        ("telescope", {}, "linux", "unknown-address", "telescope"),
        ("nothere.mp4", {}, "linux", "unknown-address", "nothere.mp4"),
        ("ftp://host/x", {}, "linux", "unknown-address", "ftp"),
        ("rtsp:///x", {}, "linux", "unknown-address", "no address"),
        ("http://", {}, "linux", "unknown-address", "no address"),
        ("http://a host/x", {}, "linux", "unknown-address", "no address"),
        ("http://me:p/w@host/x", {}, "linux", "unknown-address", "http://host/x holds"),
        ("screen:1,2,3", X11, "linux", "unknown-address", "no part of a screen"),
        ("screen:0,0,1x1", X11, "linux", "unknown-address", "shows nothing"),
        ("window:", X11, "linux", "unknown-address", "which window"),
        ("window:Mail", X11, "linux", "unknown-address", "'Mail'"),
        ("window:Mail", {}, "darwin", "unknown-address", "Single windows"),
        ("screen", {}, "linux", "no-screen", "DISPLAY"),
        ("screen", X11 | {"WAYLAND_DISPLAY": "wayland-0"}, "linux", "no-screen", "Wayland"),
        ("screen", X11 | {"XDG_SESSION_TYPE": "wayland"}, "linux", "no-screen", "Wayland"),
        ("screen:0,0,9x9", {}, "darwin", "bad-media", "whole screen"),
    ],
)
def test_what_cannot_be_watched_is_said_with_what_to_do(
    address, environ, platform, code, said
) -> None:
    with pytest.raises(MediaError) as raised:
        source(address, environ, platform)
    assert (raised.value.code, said in raised.value.happened) == (code, True)
    assert raised.value.remedy


# ── credentials ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("rtsp://host/path", "rtsp://host/path"),
        ("rtsp://me:pw@host:554/path", "rtsp://host:554/path"),
        ("rtsp://me@host", "rtsp://host"),
        ("http://me:p@w@host/x", "http://host/x"),
        ("http://me:p/w@host/x", "http://host/x"),
        ("http://me:p?w#@host/x", "http://host/x"),
        ("http://host/x?user=me&pwd=pw", "http://host/x?…"),
        ("http://host/@live", "http://host/@live"),
        ("http://[::1]:80/@live", "http://[::1]:80/@live"),
        ("http://host/x#pw", "http://host/x#…"),
        ("camera:0", "camera:0"),
    ],
)
def test_an_address_is_shown_without_credentials(address: str, seen: str) -> None:
    assert shown(address) == seen


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://watcher:hunter2@host/x",
        "http://watcher:hun%74er2@host/x",
        "http://host/x?user=watcher&pwd=hunter2",
    ],
)
def test_a_text_that_quotes_an_address_loses_its_credentials(address: str) -> None:
    hidden = Redactor(address)
    text = hidden(f"401 for '{address}': watcher with hunter2 was refused")
    assert not [word for word in ("watcher", "hunter2", "hun%74er2") if word in text]
    assert "was refused" in text


def test_a_text_stays_as_it_is_where_nothing_is_secret() -> None:
    assert Redactor("rtsp://host/x")("host is away") == "host is away"
    assert Redactor("camera")("the camera is gone") == "the camera is gone"
