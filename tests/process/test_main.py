"""``python -m edgeomni.process``: which rooms there are, and who may start them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edgeomni.process.__main__ import ROOMS, load
from edgeomni.process.link import own_command

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_can_be_loaded(room: str) -> None:
    assert callable(load(ROOMS[room]))


def test_an_unknown_room_is_a_usage_error() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "edgeomni.process", "cellar"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 2
    assert "engine" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_module_in_the_current_folder_is_not_taken_for_one_of_ours(tmp_path: Path) -> None:
    (tmp_path / "msgpack.py").write_text("raise SystemExit('taken')")
    (tmp_path / "edgeomni.py").write_text("raise SystemExit('taken')")
    run = subprocess.run(
        own_command("eyes"), cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, timeout=60
    )
    assert run.returncode == 0
    assert b"taken" not in run.stderr
