"""Where the files go."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from edgeomni import paths
from edgeomni.errors import UsageError


def test_one_variable_moves_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEOMNI_HOME", str(tmp_path))
    for kind in ("config", "data", "state", "cache", "models"):
        monkeypatch.delenv(f"EDGEOMNI_{kind.upper()}_DIR", raising=False)
        assert getattr(paths, f"{kind}_dir")() == tmp_path / kind


@pytest.mark.parametrize("kind", ["config", "data", "models", "state", "cache"])
def test_each_folder_can_be_moved_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("EDGEOMNI_HOME", "/elsewhere")
    monkeypatch.setenv(f"EDGEOMNI_{kind.upper()}_DIR", str(tmp_path))
    assert getattr(paths, f"{kind}_dir")() == tmp_path


def test_asking_creates_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEOMNI_HOME", str(tmp_path / "home"))
    assert not paths.state_dir().exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_created_folders_are_the_owners_alone(tmp_path: Path) -> None:
    folder = paths.create(tmp_path / "a" / "b")
    assert [oct(p.stat().st_mode & 0o777) for p in (folder, folder.parent)] == ["0o700"] * 2


def test_a_file_in_the_way_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(UsageError, match="cannot be created") as caught:
        paths.create(tmp_path / "a" / "b")
    assert "EDGEOMNI_HOME" in caught.value.remedy


def test_what_ships_is_found_in_a_checkout_and_in_an_installed_package() -> None:
    found = paths.shipped("media/red-circle.png")
    assert found is not None and found.read_bytes().startswith(b"\x89PNG")


def test_what_was_left_out_is_not_there() -> None:
    assert paths.shipped("media/nothing.png") is None


@pytest.mark.skipif(os.name == "nt", reason="Windows quotes otherwise")
@pytest.mark.parametrize(
    ("python", "said"),
    [
        (".venv/bin/python", ".venv/bin/python -m pip install sea"),
        ("a b/python", "'a b/python' -m pip install sea"),
    ],
)
def test_an_interpreter_in_this_folder_is_named_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, python: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", os.path.join(os.getcwd(), python))
    assert paths.pip_install("sea") == said


def test_an_interpreter_elsewhere_is_named_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/elsewhere/bin/python")
    assert paths.pip_install("sea") == "/elsewhere/bin/python -m pip install sea"
