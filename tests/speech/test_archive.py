"""Sounds of a conversation become files that are whole, private and named by how it went."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import threading
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from edgeomni.speech.devices.sound_io import HEARD_RATE, SPOKEN_RATE, Samples, Trouble
from edgeomni.speech.dialogue import archive as archive_module
from edgeomni.speech.dialogue.archive import Archive, file_name
from tests.speech.doubles import PATIENCE
from tests.speech.sounds import read_wav

pytestmark = pytest.mark.usefixtures("errors_of_threads")


class DiskUsage(NamedTuple):
    """As ``shutil`` calls them, in bytes."""

    total: int
    used: int
    free: int


NOW = datetime(2026, 11, 28, 19, 44, 8)


class Shelf:
    """An archive in a folder, and what it has told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[Trouble] = []
        self.archive = Archive(folder, self.told.append, lambda: NOW)

    @property
    def files(self) -> list[str]:
        """Once all is written."""
        self.archive.close()
        return sorted(os.listdir(self.folder))


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def tone(seconds: float, rate: int) -> Samples:
    return (0.5 * np.sin(np.arange(round(seconds * rate)) / 9)).astype(np.float32)


def test_names_say_when_which_turn_and_who() -> None:
    assert file_name(NOW, 3, "you") == "2026-11-28 19.44.08 turn 3 you.wav"


def test_two_turns_are_four_files(shelf: Shelf) -> None:
    for _ in range(2):
        shelf.archive.heard(tone(0.1, HEARD_RATE))
        shelf.archive.spoken(tone(0.1, SPOKEN_RATE))
    assert shelf.files == [
        f"2026-11-28 19.44.08 turn {turn} {who}.wav"
        for turn in (1, 2)
        for who in ("edgeomni", "you")
    ]


def test_a_file_holds_what_was_heard(shelf: Shelf) -> None:
    sound = tone(0.5, SPOKEN_RATE)
    name = shelf.archive.spoken(sound)
    shelf.archive.close()
    assert read_wav(shelf.folder / name) == pytest.approx(sound, abs=1e-4)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_a_file_is_its_owners_alone(shelf: Shelf) -> None:
    before = os.umask(0)
    try:
        name = shelf.archive.heard(tone(0.1, HEARD_RATE))
        shelf.archive.close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((shelf.folder / name).stat().st_mode) == 0o600


def test_what_is_there_is_not_overwritten(shelf: Shelf) -> None:
    there = shelf.folder / file_name(NOW, 1, "you")
    there.write_bytes(b"mine")
    assert shelf.archive.heard(tone(0.1, HEARD_RATE)) == file_name(NOW, 1, "you", again=1)
    shelf.archive.close()
    assert there.read_bytes() == b"mine"


def test_two_conversations_at_once_share_a_folder_without_losses(tmp_path: Path) -> None:
    shelves = Shelf(tmp_path), Shelf(tmp_path)
    sounds = tone(0.1, HEARD_RATE), tone(0.2, HEARD_RATE)
    names = [one.archive.heard(sound) for one, sound in zip(shelves, sounds, strict=True)]
    for shelf in shelves:
        shelf.archive.close()
    assert [len(read_wav(tmp_path / name)) for name in names] == [len(sound) for sound in sounds]


def test_of_nothing_there_is_no_file(shelf: Shelf) -> None:
    assert shelf.archive.spoken(tone(0, SPOKEN_RATE)) == ""
    assert shelf.files == []


def test_a_full_disk_is_told_once_and_leaves_no_half_file(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    for _ in range(3):
        shelf.archive.heard(tone(0.1, HEARD_RATE))
    assert shelf.files == []
    (told,) = shelf.told
    assert told.code == "not-recorded"
    assert told.text == (
        "2026-11-28 19.44.08 turn 1 you.wav cannot be written: No space left on device. "
        "Nothing is recorded any more; the conversation goes on."
    )


def test_on_a_full_disk_no_file_is_named(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: DiskUsage(1 << 30, 1 << 30, 4800))
    assert shelf.archive.spoken(tone(0.1, SPOKEN_RATE)) == ""
    assert shelf.files == []
    (told,) = shelf.told
    assert "No space left on device" in told.text


def test_after_a_failure_no_file_is_named(shelf: Shelf) -> None:
    shelf.folder.rmdir()
    shelf.archive.heard(tone(0.1, HEARD_RATE))
    shelf.archive.close()
    assert shelf.archive.heard(tone(0.1, HEARD_RATE)) == ""


def test_a_disk_that_hangs_is_not_waited_for(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    wakes = threading.Event()
    monkeypatch.setattr(archive_module, "write_whole", lambda *_, **__: wakes.wait(PATIENCE))
    named = [shelf.archive.heard(tone(0.1, HEARD_RATE)) for _ in range(20)]
    wakes.set()
    shelf.archive.close()
    assert "" in named
    assert [told.code for told in shelf.told] == ["not-recorded"]
    assert "too slow" in shelf.told[0].text
    assert len(os.listdir(shelf.folder)) <= 1  # the one that hung
