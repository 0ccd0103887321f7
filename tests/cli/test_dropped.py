"""Paths among words: as terminals write them when a file is dropped on the window."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeomni.cli.dropped import attachments, plain_path
from edgeomni.looking import kind_of


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    path = tmp_path / "my cat.PNG"
    path.write_bytes(b"x")
    return path


@pytest.mark.parametrize(
    "spelling",
    [
        lambda path: f"'{path}'",
        lambda path: f'"{path}"',
        lambda path: str(path).replace(" ", "\\ "),
        lambda path: path.as_uri(),
    ],
    ids=["single", "double", "escaped", "address"],
)
def test_every_spelling_of_a_dropped_path_is_found(spelling, cat: Path) -> None:  # type: ignore[no-untyped-def]
    assert attachments(f"what is {spelling(cat)} please") == (
        [("image", cat)],
        "what is please",
    )


def test_a_path_alone_leaves_no_words(cat: Path) -> None:
    assert attachments(f"'{cat}'") == ([("image", cat)], "")


def test_several_files_of_both_kinds(cat: Path, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"x")
    found, _ = attachments(f"{tmp_path}/a.wav '{cat}' compare")
    assert [kind for kind, _ in found] == ["audio", "image"]


@pytest.mark.parametrize(
    "line",
    [
        "what is nothing.png",
        "don't touch   this  spacing",
        "it's 'quoted' and \"quoted\"",
        "/etc/passwd",
        "~nobody-of-that-name/x.png",
        "a\0b.png",
        "x" * 5000 + ".png",
        "",
    ],
)
def test_other_lines_stay_as_they_are(line: str) -> None:
    assert attachments(line) == ([], line)


def test_an_existing_file_of_another_kind_is_only_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"x")
    assert attachments(f"{tmp_path}/a.txt")[0] == []


def test_windows_paths_keep_their_backslashes() -> None:
    assert str(plain_path(r"C:\Users\Ada\cat.png")) == r"C:\Users\Ada\cat.png"


def test_the_suffix_tells_the_kind() -> None:
    names = {"a.JPG": "image", "b.flac": "audio", "c.pdf": "image", "d.mp4": "video", "e.txt": None}
    assert {name: kind_of(Path(name)) for name in names} == names
