"""Sources of this machine: the test picture, videos, folders, screens, and devices that hang."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pil

from edgeomni.errors import MediaError
from edgeomni.values import Fit, Image
from edgeomni.watch_events import Back, Look, Lost, Opened, Over, Seen, Skipped
from tests.vision.live.conftest import Watch
from tests.vision.media import write_clip

pytestmark = pytest.mark.slow

RATE = 10


def flat(level: int, size: tuple[int, int] = (128, 72)) -> np.ndarray:
    return np.full((size[1], size[0], 3), level, np.uint8)


def level(image: Image) -> float:
    return float(np.frombuffer(image.pixels, np.uint8).mean())


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Three seconds: dark, then bright from 1.5 s on."""
    levels = [40] * 15 + [200] * 15
    return write_clip(tmp_path / "clip.mp4", map(flat, levels), rate=RATE)


# ── with a clock of their own ────────────────────────────────────────────────────────────────────


def test_the_test_picture_is_watched_without_a_camera(watch: Watch) -> None:
    seen = watch("test", fit=Fit(side=320))
    opened, look = seen.wait(Opened), seen.wait(Look)
    assert (opened.source, opened.width, opened.height, opened.fps) == ("test", 640, 360, 10)
    assert (look.image.width, look.number, look.at) == (320, 1, 0)
    assert seen.newest().image.width == 640


def test_a_video_is_read_to_its_end_with_its_own_times(watch: Watch, clip: Path) -> None:
    seen = watch(str(clip), fast=True)
    assert seen.end() is None
    looks = [(look.why, look.at, look.number) for look in seen.all(Look)]
    assert seen.all(Over)[0].at == pytest.approx(2.9)
    assert looks == [("first", 0, 1), ("change", pytest.approx(1.5), 16)]


def test_a_video_is_shown_at_its_own_pace(watch: Watch, clip: Path) -> None:
    seen = watch(str(clip))
    assert seen.end() is None
    times = {type(event): time for event, time in zip(seen.events, seen.times, strict=True)}
    assert times[Over] - times[Opened] == pytest.approx(2.9, abs=0.8)
    assert [look.at for look in seen.all(Look)] == [0, pytest.approx(1.5)]


def test_a_video_of_a_high_rate_is_looked_at_ten_times_a_second(
    watch: Watch, tmp_path: Path
) -> None:
    path = write_clip(tmp_path / "fast.mp4", (flat(90) for _ in range(60)), rate=60)
    seen = watch(str(path), fast=True)
    seen.end()
    assert seen.all(Look)[-1].number == 1
    assert seen.all(Over)[0].at == pytest.approx(0.9, abs=0.05)


def test_a_video_waits_while_it_is_paused(watch: Watch, clip: Path) -> None:
    seen = watch(str(clip))
    seen.wait(Look)
    seen.sight.pause(True)
    paused = seen.wait(Seen, 1, lambda beat: beat.state == "paused")
    later = seen.wait(Seen, 3, lambda beat: beat.state == "paused")
    assert later.at <= paused.at + 0.2
    seen.sight.pause(False)
    assert (seen.end(), len(seen.all(Look))) == (None, 2)


def test_a_file_that_is_no_video_is_refused(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("no pictures in here")
    error = watch(str(tmp_path / "notes.mp4")).end()
    assert isinstance(error, MediaError)
    assert "notes.mp4" in error.happened


# ── folders ──────────────────────────────────────────────────────────────────────────────────────


def test_of_a_folder_the_newest_picture_is_shown_and_then_each_new_one(
    watch: Watch, tmp_path: Path
) -> None:
    folder = tmp_path / "shots"
    folder.mkdir()
    for number, dark in enumerate((20, 40)):
        pil.fromarray(flat(dark)).save(folder / f"{number}.png")
        os.utime(folder / f"{number}.png", (1000 + number, 1000 + number))
    seen = watch(str(folder))
    assert (level(seen.wait(Look).image), seen.wait(Opened).source) == (40, "shots")
    pil.fromarray(flat(200)).save(folder / "2.png")
    assert level(seen.wait(Look, 2).image) == 200


def test_the_picture_of_a_folder_is_of_the_present_until_the_next_one(
    watch: Watch, tmp_path: Path
) -> None:
    pil.fromarray(flat(80)).save(tmp_path / "one.png")
    seen = watch(str(tmp_path))
    first = seen.newest()
    seen.wait(Seen, 8)
    assert (seen.newest().number, level(seen.newest().image)) == (first.number, 80)
    assert seen.all(Lost) == []


def test_a_damaged_picture_is_skipped_and_told(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "half.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    seen = watch(str(tmp_path))
    assert (seen.wait(Skipped).why, seen.wait(Skipped).count) == ("damaged", 1)
    pil.fromarray(flat(80)).save(tmp_path / "whole.png")
    assert level(seen.wait(Look).image) == 80


def test_a_folder_that_is_gone_is_lost_until_it_is_back(watch: Watch, tmp_path: Path) -> None:
    folder = tmp_path / "shots"
    folder.mkdir()
    pil.fromarray(flat(80)).save(folder / "one.png")
    seen = watch(str(folder))
    seen.wait(Look)
    folder.rename(tmp_path / "elsewhere")
    assert (seen.wait(Lost).code, seen.sight.newest(Fit())) == ("no-folder", None)
    (tmp_path / "elsewhere").rename(folder)
    seen.wait(Back)


# ── screens ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def display() -> Iterator[dict[str, str]]:
    """The environment of a screen of 320x200 pixels that nobody sees."""
    if not (found := shutil.which("Xvfb")):
        pytest.skip("Xvfb is not installed")
    read, write = os.pipe()
    command = (found, "-displayfd", str(write), "-screen", "0", "320x200x24", "-nolisten", "tcp")
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, pass_fds=(write,), stderr=quiet) as server:
        os.close(write)
        with os.fdopen(read) as told:
            number = told.readline().strip()
        yield {"DISPLAY": f":{number}", "WAYLAND_DISPLAY": "", "XDG_SESSION_TYPE": "x11"}
        server.terminate()


@pytest.mark.skipif(sys.platform != "linux", reason="screens are X11's here")
@pytest.mark.parametrize(
    ("address", "size"), [("screen", (320, 200)), ("screen:10,20,160x90", (160, 90))]
)
def test_a_screen_or_a_part_of_it_is_watched_and_may_stand_still(
    watch: Watch, display: dict[str, str], address: str, size: tuple[int, int]
) -> None:
    seen = watch(address, env=display)
    opened = seen.wait(Opened)
    assert (opened.width, opened.height) == size
    seen.wait(Seen, 9)
    assert seen.all(Lost) == []


@pytest.mark.skipif(sys.platform != "linux", reason="screens are X11's here")
def test_a_part_beyond_the_screen_is_refused(watch: Watch, display: dict[str, str]) -> None:
    error = watch("screen:300,0,200x100", env=display).end()
    assert isinstance(error, MediaError)
    assert error.code == "no-screen"


# ── devices ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(sys.platform != "linux", reason="the names of devices are Linux's")
def test_without_a_camera_one_sentence_says_what_to_do(watch: Watch) -> None:
    error = watch("camera:99").end()
    assert isinstance(error, MediaError)
    assert (error.code, "/dev/video99" in error.happened) == ("no-camera", True)
    assert "Connect one" in error.remedy
