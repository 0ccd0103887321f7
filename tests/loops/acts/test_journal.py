"""The file that events are written to."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from edgeomni.errors import InputError
from edgeomni.loops.acts.journal import Journal

FULL = Path("/dev/full")


def test_lines_are_appended_at_once(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text("before\n")
    journal = Journal(path, print)
    journal.add("one")
    assert path.read_text() == "before\none\n"
    journal.close()


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    Journal(path, print).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told_once() -> None:
    told: list[str] = []
    journal = Journal(FULL, told.append)
    journal.add("one")
    journal.add("two")
    journal.close()
    reason = "/dev/full is not written to at present: No space left on device."
    assert told == [f"{reason} The watch goes on."]


def test_a_line_that_fits_by_half_leaves_nothing_and_the_next_one_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, told, write = tmp_path / "events.jsonl", list[str](), os.write
    journal = Journal(path, told.append)
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda fd, raw: write(fd, raw[:3]))
        journal.add("a long line")
    journal.add("short")
    journal.close()
    assert path.read_text() == "short\n"
    assert len(told) == 1


def test_a_disk_that_has_room_again_and_is_full_again_is_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int, raw: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    told: list[str] = []
    journal = Journal(tmp_path / "events.jsonl", told.append)
    for writes in (full, os.write, full):
        with monkeypatch.context() as disk:
            disk.setattr(os, "write", writes)
            journal.add("line")
    journal.close()
    assert len(told) == 2


@pytest.mark.parametrize("name", ["", "no/such/folder/events.jsonl", "a\0b"])
def test_what_cannot_be_written_to_is_refused_at_the_beginning(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be written to"):
        Journal(tmp_path / name, print)
