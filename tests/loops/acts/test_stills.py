"""Frames that are saved."""

from __future__ import annotations

import stat
from pathlib import Path
from queue import Queue

import pytest

from edgeomni.errors import WorkerDied
from edgeomni.loops.acts.stills import Stills
from edgeomni.values import Image
from tests.loops.doubles import PATIENCE

pytestmark = pytest.mark.usefixtures("errors_of_threads")

RED = Image(b"\xff\x00\x00", 1, 1, "camera")


def test_a_frame_is_a_file_of_its_owners_alone(tmp_path: Path) -> None:
    stills = Stills(tmp_path, lambda image: image.pixels, print)
    stills.add("12-match", RED)
    stills.close()
    (file,) = tmp_path.iterdir()
    assert (file.name, file.read_bytes()) == ("12-match.png", RED.pixels)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_frame_that_cannot_be_encoded_is_told_once_and_the_next_one_saved(tmp_path: Path) -> None:
    told: list[str] = []

    def encode(image: Image) -> bytes:
        if image.name == "bad":
            raise WorkerDied("The eyes died.")
        return image.pixels

    stills = Stills(tmp_path, encode, told.append)
    for number, name in enumerate(["bad", "bad", "good"]):
        stills.add(str(number), Image(RED.pixels, 1, 1, name))
    stills.close()
    assert [file.name for file in tmp_path.iterdir()] == ["2.png"]
    assert told == ["A picture could not be saved: The eyes died. The watch goes on."]


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    stills = Stills(tmp_path / "gone", lambda image: image.pixels, told.append)
    stills.add("1", RED)
    stills.close()
    assert len(told) == 1 and "No such file or directory" in told[0]


def test_a_slow_encoder_costs_pictures_and_never_time(tmp_path: Path) -> None:
    begun, go, told = Queue[None](), Queue[None](), list[str]()

    def encode(image: Image) -> bytes:
        begun.put(None)
        go.get(timeout=PATIENCE)
        return image.pixels

    stills = Stills(tmp_path, encode, told.append)
    stills.add("0", RED)
    begun.get(timeout=PATIENCE)
    for number in range(1, 20):
        stills.add(str(number), RED)
    for _ in range(20):
        go.put(None)
    stills.close()
    assert sorted(int(file.stem) for file in tmp_path.iterdir()) == [0, 1, 2, 3, 4]
    assert len(told) == 1 and "faster than they can be saved" in told[0]
