"""Files that cannot be opened are refused in words, whatever they are."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from edgeomni.errors import MediaError
from edgeomni.vision.source import open_regular

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")


def refused(path: Path) -> MediaError:
    with pytest.raises(MediaError) as caught:
        open_regular(path, 100).close()
    assert caught.value.works and caught.value.remedy
    return caught.value


def test_a_file_within_the_limit_is_opened(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100)
    with open_regular(tmp_path / "a", 100) as file:
        assert len(file.read()) == 100


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert str(tmp_path / "sea.png") in refused(tmp_path / "sea.png").happened


def test_a_file_taken_for_a_folder_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    assert "There is no file" in refused(tmp_path / "a" / "b").happened


def test_a_folder_is_no_file_and_leaves_nothing_open(tmp_path: Path) -> None:
    assert refused(tmp_path).happened == f"{tmp_path.name} is a folder."


def test_an_empty_file_is_empty(tmp_path: Path) -> None:
    (tmp_path / "nothing.png").touch()
    assert refused(tmp_path / "nothing.png").happened == "nothing.png is empty."


def test_a_file_beyond_the_limit_is_measured(tmp_path: Path) -> None:
    with (tmp_path / "big.png").open("wb") as file:
        file.truncate(3 << 20)
    assert refused(tmp_path / "big.png").happened.startswith("big.png has 3 MiB")


def test_a_name_that_no_file_can_have_is_refused() -> None:
    assert "is not a file name" in refused(Path("a\0b")).happened


@posix
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert "device or a pipe" in refused(tmp_path / "pipe.png").happened


@posix
def test_a_device_is_not_read() -> None:
    assert "device or a pipe" in refused(Path("/dev/zero")).happened


@posix
def test_a_file_without_permission_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.png"
    path.write_bytes(b"x")
    path.chmod(0)
    if os.access(path, os.R_OK):  # root may read everything: the system's answer is played to it
        monkeypatch.setattr(os, "open", forbidden)
    assert refused(path).happened == "You have no permission to read secret.png."


def forbidden(*_: object) -> int:
    raise PermissionError(13, "Permission denied")
