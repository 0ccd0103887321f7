"""The parent's log: in its file, never on the screen, never without bounds."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeomni import log


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "state" / "edgeomni.log"
    handler = log.to_file(path)
    yield path
    log.stop(handler)


def test_what_rooms_log_is_in_the_file_and_not_on_the_screen(
    path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("edgeomni.engine").info("worker %d started", 17)
    assert path.read_text().endswith("I edgeomni.engine: worker 17 started\n")
    assert capfd.readouterr() == ("", "")


def test_what_other_libraries_log_is_not(path: Path) -> None:
    logging.getLogger("httpx").warning("GET https://example.org/secret")
    assert path.read_text() == ""


def test_the_file_is_for_the_user_alone(path: Path) -> None:
    assert path.stat().st_mode & 0o077 == 0


def test_it_does_not_grow_for_ever(path: Path) -> None:
    for _ in range(30):
        logging.getLogger("edgeomni").info("x" * 200_000)
    sizes = [file.stat().st_size for file in path.parent.iterdir()]
    assert len(sizes) == 1 + log.KEPT
    assert max(sizes) <= log.MAX_BYTES


def test_without_a_place_to_write_there_is_no_log_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    handler = log.to_file(tmp_path / "file" / "edgeomni.log")
    logging.getLogger("edgeomni").warning("nobody hears this")
    log.stop(handler)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_is_full_when_the_log_is_closed_is_no_error() -> None:
    handler = logging.FileHandler("/dev/full", encoding="utf-8")
    handler.stream.write("what is still in the buffer")
    log.stop(handler)
