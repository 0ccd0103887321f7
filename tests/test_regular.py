"""Only regular files are read; nothing is waited for."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

import pytest

from edgeomni import conversation
from edgeomni.cli.options import read_grammar, read_schema
from edgeomni.errors import InputError, SchemaError
from edgeomni.regular import alone, open_regular, read_up_to, write_whole
from edgeomni.settings import load


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    if sys.platform == "win32":
        pytest.skip("Windows keeps pipes out of folders")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def test_a_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"here")
    with open_regular(tmp_path / "x") as file:
        assert file.read() == b"here"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        open_regular(tmp_path)


def test_a_pipe_is_no_schema_and_no_grammar(pipe: Path) -> None:
    for read in (read_schema, read_grammar):
        with pytest.raises(SchemaError, match="not a file but a device or a pipe"):
            read(pipe)


def test_a_pipe_is_no_conversation(pipe: Path) -> None:
    with pytest.raises(InputError, match="not a file but a device or a pipe"):
        conversation.read(pipe)


def test_a_pipe_says_nothing_about_settings(pipe: Path) -> None:
    (notice,) = load({}, env={}, project_file=pipe, user_file=pipe.with_name("none")).notices
    assert "cannot be read and is left out" in notice


def test_a_schema_in_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(json.dumps({"type": "object"}))
    assert read_schema(tmp_path / "s.json") == {"type": "object"}


def test_a_file_is_read_as_far_as_is_borne(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    assert read_up_to(tmp_path / "x", 5) == b"12345"
    assert read_up_to(tmp_path / "x", 4) is None


def test_what_was_there_is_replaced_whole(tmp_path: Path) -> None:
    write_whole(tmp_path / "x", [b"old"])
    write_whole(tmp_path / "x", [b"ne", b"w"])
    assert (tmp_path / "x").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["x"]


def test_what_was_there_stays_when_writing_breaks_off(tmp_path: Path) -> None:
    def half():
        yield b"half"
        raise OSError("no space")

    write_whole(tmp_path / "x", [b"old"])
    with pytest.raises(OSError, match="no space"):
        write_whole(tmp_path / "x", half())
    assert (tmp_path / "x").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["x"]


def test_a_file_that_only_looks_like_our_unfinished_one_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "x.part").write_bytes(b"somebody's")
    write_whole(tmp_path / "x", [b"new"])
    assert (tmp_path / "x.part").read_bytes() == b"somebody's"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_file_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"mine")
    for mode in (0o600, 0o664):
        (tmp_path / "x").chmod(mode)
        write_whole(tmp_path / "x", [b"still mine"])
        assert (tmp_path / "x").stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("name", ["x" * 255, "\N{HIRAGANA LETTER A}" * 85])
def test_the_longest_names_can_be_written(tmp_path: Path, name: str) -> None:
    write_whole(tmp_path / name, [b"new"])
    assert os.listdir(tmp_path) == [name]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes")
def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, [b"to ", b"you"])
    reader.join()
    assert (got, pipe.is_fifo()) == ([b"to you"], True)


def test_a_link_stays_one_and_its_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "x")
    write_whole(tmp_path / "link", [b"new"])
    assert ((tmp_path / "link").is_symlink(), (tmp_path / "x").read_bytes()) == (True, b"new")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_new_file_has_the_mode_that_was_asked_for(tmp_path: Path) -> None:
    write_whole(tmp_path / "x", [b"mine"], mode=0o600)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o600


def test_a_lock_keeps_others_out_until_it_is_over(tmp_path: Path) -> None:
    mark = tmp_path / "lock"
    with alone(mark, wait=False), pytest.raises(BlockingIOError), alone(mark, wait=False):
        raise AssertionError("two at once")
    with alone(mark, wait=False):
        pass


def test_a_lock_whose_file_was_removed_is_taken_on_a_new_one(tmp_path: Path) -> None:
    mark = tmp_path / "lock"
    with alone(mark, wait=True):
        mark.unlink()
        with alone(mark, wait=False):
            assert mark.exists()
