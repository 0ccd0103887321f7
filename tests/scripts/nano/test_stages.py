"""What a stage lacks is said in a sentence, with what brings it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from nano import stages


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as left:
        stages.main(words)
    assert left.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("words", [("new",), ("speak",), ("export",), ("new", "--device", "cuda")])
def test_without_torch_the_line_that_installs_it_is_named(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gguf", None)  # whichever comes first
    monkeypatch.setitem(sys.modules, "torch", None)
    assert 'pip install ".[train]"' in said(capsys, *words)


@pytest.mark.parametrize("stage", ["see", "join", "evaluate"])
def test_without_sprites_the_stage_that_fetches_them_is_named(
    stage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "sprites"
    assert f"train fetch --sprites {folder}" in said(capsys, stage, "--sprites", str(folder))


def test_a_set_of_sprites_that_is_missing_is_fetched_like_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "train fetch" in said(capsys, "evaluate", "--sprites", str(tmp_path))


def test_without_npm_nothing_is_fetched_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "npm" in said(capsys, "fetch", "--sprites", str(tmp_path / "sprites"))
