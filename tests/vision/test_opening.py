"""Which camera is meant, with what options it is asked, and why it cannot be had."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from edgeomni.errors import MediaError
from edgeomni.vision.device import Device, device
from edgeomni.vision.opening import open_device, unusable


@pytest.fixture
def named(tmp_path: Path) -> Path:
    """Two cameras as Linux lists them, each with a node that gives no pictures."""
    listed = [("video0", "Integrated Camera", 0), ("video1", "Integrated Camera", 1)]
    listed += [("video10", "Desk Cam: HD", 1), ("video2", "Desk Cam: HD", 0)]
    for node, name, index in listed:
        (tmp_path / node).mkdir()
        (tmp_path / node / "name").write_text(f"{name}\n")
        (tmp_path / node / "index").write_text(f"{index}\n")
    return tmp_path


def test_a_camera_is_found_by_a_part_of_its_name(named: Path) -> None:
    found = [device(name, "linux", named).file for name in ("desk", "Integrated Camera")]
    assert found == ["/dev/video2", "/dev/video0"]


def test_a_name_that_no_camera_has_is_told_with_those_that_are(named: Path) -> None:
    with pytest.raises(MediaError, match="Front") as raised:
        device("Front", "linux", named)
    assert raised.value.code == "no-camera"
    assert "Desk Cam: HD, Integrated Camera" in raised.value.remedy


@pytest.mark.parametrize(("platform", "option"), [("linux", "input_format"), ("win32", "vcodec")])
def test_a_camera_is_asked_for_compressed_frames_first(platform: str, option: str) -> None:
    attempts = [each.options for each in device("/dev/cam", platform).attempts]
    assert attempts[0][option] == "mjpeg"
    assert attempts[-1] == {}


def test_options_that_a_device_refuses_are_given_up_one_after_the_other() -> None:
    picky = Device(
        "testsrc2=size=64x36:rate=10",
        "lavfi",
        {"dumpgraph": "no number"},
        lesser=({"dumpgraph": "nor this"}, {}),
    )
    with open_device(picky) as container:
        assert container.streams.video[0].width == 64


# ── why it cannot be had ─────────────────────────────────────────────────────────────────────────

CAMERA = Device("/dev/video0", "v4l2", {})


def why(error: OSError, platform: str = "linux", proc: Path = Path("/nowhere")) -> MediaError:
    return unusable(CAMERA, error, platform, proc)


@pytest.mark.parametrize(
    ("platform", "remedy"),
    [("linux", "group video"), ("darwin", "System Settings"), ("win32", "desktop apps")],
)
def test_a_camera_that_is_not_allowed_is_told_with_what_to_do(platform, remedy) -> None:
    error = why(PermissionError(errno.EACCES, "Permission denied"), platform)
    assert (error.code, remedy in error.remedy) == ("no-permission", True)


@pytest.mark.parametrize("number", [errno.ENODEV, errno.ENXIO, errno.ENOENT])
def test_a_camera_that_is_gone_is_none(number: int) -> None:
    error = why(OSError(number, os.strerror(number)))
    assert (error.code, error.happened) == ("no-camera", "There is no camera at /dev/video0.")


def test_a_camera_in_use_is_told_with_the_program_that_has_it(tmp_path: Path) -> None:
    (tmp_path / "4711" / "fd").mkdir(parents=True)
    (tmp_path / "4711" / "comm").write_text("zoom\n")
    (tmp_path / "4711" / "fd" / "5").symlink_to("/dev/video0")
    error = why(OSError(errno.EBUSY, "Device or resource busy"), proc=tmp_path)
    assert error.code == "busy"
    assert error.happened == "The camera /dev/video0 is in use by zoom (process 4711)."


def test_a_camera_in_use_by_nobody_knows_whom() -> None:
    error = why(OSError(errno.EBUSY, "Device or resource busy"))
    assert error.happened == "The camera /dev/video0 is in use by another program."


def test_any_other_failure_is_told_as_the_system_has_it() -> None:
    error = why(OSError(errno.EPROTO, "Protocol error"))
    assert (error.code, "Protocol error" in error.happened) == ("no-picture", True)
