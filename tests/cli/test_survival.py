"""Ordinary bad surroundings: a typed error with a remedy, and a conversation that goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeomni.catalog.progress import Silent
from edgeomni.catalog.verify import matches
from edgeomni.errors import ModelError
from edgeomni.ports import Cancel
from tests.cli.conftest import Cli
from tests.fakes import EchoEngine

LONG = "n" * 300
Shell = Callable[[str], subprocess.CompletedProcess[str]]
MISTAKE = "A mistake in edgeomni"


@pytest.mark.parametrize("command", ["/save", "/load", "/image", "/audio"])
def test_a_name_that_is_too_long_is_an_error_and_the_talk_goes_on(cli: Cli, command: str) -> None:
    said = f"{command} {LONG}.json\nhi\n".encode()
    result = cli("chat", engine=EchoEngine(), stdin=said)
    assert (result.code, result.out) == (3, "hi\n")
    assert MISTAKE not in result.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("-i", LONG + ".png"), 3),
        (("-m", LONG + ".gguf"), 4),
        (("-m", "~nosuchuser/x.gguf"), 4),
        (("--mmproj", LONG), 4),
        (("--schema", LONG), 2),
    ],
)
def test_a_file_that_cannot_be_is_not_found(cli: Cli, words: tuple[str, ...], code: int) -> None:
    result = cli("ask", "hi", *words)
    assert result.code == code
    assert MISTAKE not in result.err


def test_a_home_of_nobody_is_refused(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEOMNI_HOME", "~nosuchuser/x")
    assert cli("list").code == 2


def test_a_turn_that_breaks_unforeseen_does_not_end_the_talk(cli: Cli) -> None:
    def stumble(index: int, cancel: Cancel | None) -> None:
        if index == 1:
            raise ZeroDivisionError("of ours")

    engine = EchoEngine(before_word=stumble)
    broken, good = cli("chat", "--json", engine=engine, stdin=b"one two\nthree\n").objects
    assert broken["error"]["code"] == "mistake"
    assert good["text"] == "three"


def test_a_pulled_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "weights.gguf"
    folder.mkdir()  # unreadable as a file, also for root
    with pytest.raises(ModelError, match=r"weights\.gguf cannot be read"):
        matches(folder, folder.stat().st_size, "0" * 64, Silent())


posix = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")


def _shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"EDGEOMNI_HOME": str(folder / "home"), "EDGEOMNI_OFFLINE": "1"}
    env |= {"E": f"{sys.executable} -P -m edgeomni", "PYTHONPATH": str(Path.cwd())}
    return subprocess.run(
        ["sh", "-c", line], cwd=folder, env=env, text=True, capture_output=True, check=False
    )


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(Path(__file__).parents[2])
    return lambda line: _shell(line, tmp_path)


@posix
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("words", ["list", "list --json", "help", "--version", "ask '' --json"])
def test_a_full_disk_behind_stdout_is_one_calm_error(shell: Shell, words: str) -> None:
    ran = shell(f"$E {words} > /dev/full < /dev/null")
    assert ran.returncode == 3
    assert ran.stderr.startswith("edgeomni: ")
    assert MISTAKE not in ran.stderr and "Exception ignored" not in ran.stderr


@posix
def test_a_deleted_working_folder_is_no_obstacle(shell: Shell) -> None:
    ran = shell("mkdir gone && cd gone && rmdir ../gone && $E ask hi -m nothing.gguf < /dev/null")
    assert ran.returncode == 4, ran.stderr
    assert "nothing.gguf" in ran.stderr
