"""Which files are meant by names, folders and patterns."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edgeomni.errors import MediaError
from edgeomni.gather import files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("page-10.png", "page-2.PNG", "notes.txt", "a.pdf", ".hidden.png"):
        (tmp_path / name).touch()
    (tmp_path / "deeper.png").mkdir()
    return tmp_path


def names(found: list[Path]) -> list[str]:
    return [path.name for path in found]


def test_a_folder_gives_its_pictures_and_documents_in_natural_order(folder: Path) -> None:
    assert names(files([folder])) == ["a.pdf", "page-2.PNG", "page-10.png"]


def test_a_folder_gives_every_kind_that_is_asked_for(folder: Path) -> None:
    (folder / "page-3.mp4").touch()
    (folder / "b.wav").touch()
    assert names(files([folder], "image", "video")) == [
        *("a.pdf", "page-2.PNG", "page-3.mp4", "page-10.png")
    ]


def test_of_several_kinds_all_are_missed(folder: Path) -> None:
    with pytest.raises(MediaError, match="holds no sound or video file"):
        files([folder], "audio", "video")


def test_a_pattern_gives_what_matches(folder: Path) -> None:
    assert names(files([folder / "page-*"])) == ["page-2.PNG", "page-10.png"]


def test_a_file_that_is_named_is_taken_whatever_it_is_called(folder: Path) -> None:
    assert names(files([folder / "notes.txt"])) == ["notes.txt"]


def test_a_name_with_brackets_is_a_name_where_there_is_such_a_file(folder: Path) -> None:
    (folder / "scan[1].png").touch()
    assert names(files([folder / "scan[1].png"])) == ["scan[1].png"]


def test_a_file_that_is_named_twice_is_looked_at_once(folder: Path) -> None:
    assert names(files([folder / "a.pdf", folder])) == ["a.pdf", "page-2.PNG", "page-10.png"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sea.png", "does not exist"),
        ("*.webp", "No picture or PDF file matches"),
        ("deeper.png", "holds no picture or PDF file"),
        ("x" * 5000, "does not exist"),
        (os.devnull, "is a device or a pipe"),
    ],
)
def test_nothing_there_is_said(folder: Path, name: str, said: str) -> None:
    with pytest.raises(MediaError, match=said):
        files([folder / name])


def test_an_address_is_never_opened() -> None:
    with pytest.raises(MediaError) as caught:
        files([Path("https://example.org/a.png")])
    assert caught.value.happened.startswith("https://example.org/a.png is an address")


def test_what_may_not_be_looked_at_is_not_called_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "stat", denied)
    with pytest.raises(MediaError, match="no permission"):
        files([Path("secret/a.png")])
