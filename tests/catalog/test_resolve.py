"""From names to files, without a network."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeomni import catalog, paths
from edgeomni.errors import ModelError, ModelNotFound
from tests.catalog.conftest import WEIGHTS, Recorder


def _touch(*files: Path) -> None:
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"GGUF")


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    model = tmp_path / "a" / "model.gguf"
    _touch(model)
    files = catalog.resolve(str(model))
    assert (files.model, files.mmproj, files.card, files.source) == (model, None, None, "file")


def test_a_projector_beside_the_model_is_found(tmp_path: Path) -> None:
    model, projector = tmp_path / "a" / "sees-Q4_K_M.gguf", tmp_path / "a" / "mmproj-sees-f16.gguf"
    _touch(model, projector)
    assert catalog.resolve(str(model)).mmproj == projector


def test_an_explicit_projector_wins(tmp_path: Path) -> None:
    model, beside, other = (tmp_path / n for n in ("m.gguf", "mmproj-m.gguf", "b/other.gguf"))
    _touch(model, beside, other)
    assert catalog.resolve(str(model), mmproj=other).mmproj == other


def test_a_missing_projector_is_named(tmp_path: Path) -> None:
    _touch(tmp_path / "m.gguf")
    with pytest.raises(ModelNotFound, match="There is no projector"):
        catalog.resolve(str(tmp_path / "m.gguf"), mmproj=tmp_path / "mmproj.gguf")


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    _touch(tmp_path / "gemma-3-4b-it-Q4_K_M.gguf", tmp_path / "other.gguf")
    with pytest.raises(ModelNotFound) as caught:
        catalog.resolve(str(tmp_path / "gemma-3-4b-Q4_K_M.gguf"))
    assert "gemma-3-4b-it-Q4_K_M.gguf" in caught.value.remedy


def test_a_folder_is_no_model_but_tells_what_lies_in_it(tmp_path: Path) -> None:
    _touch(tmp_path / "m.gguf")
    with pytest.raises(ModelNotFound, match="is a folder") as caught:
        catalog.resolve(f"{tmp_path}/")
    assert "m.gguf" in caught.value.remedy


def test_a_projector_given_as_the_model_is_explained(tmp_path: Path) -> None:
    _touch(tmp_path / "mmproj-m.gguf")
    with pytest.raises(ModelError, match="is a projector"):
        catalog.resolve(str(tmp_path / "mmproj-m.gguf"))


def test_a_file_that_exists_counts_before_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _touch(tmp_path / "blobs" / "sha256-abc")
    monkeypatch.chdir(tmp_path)
    assert catalog.resolve("blobs/sha256-abc").source == "file"


def test_a_card_counts_before_a_file_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _touch(tmp_path / "nano")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelNotFound, match="not on this machine yet"):
        catalog.resolve("nano")
    assert catalog.resolve("./nano").source == "file"


def test_a_model_that_was_not_pulled_says_how() -> None:
    with pytest.raises(ModelNotFound) as caught:
        catalog.resolve("gemma-3-4b")
    assert caught.value.remedy == "`edgeomni pull gemma-3-4b`"


def test_eyes_that_come_with_edgeomni_are_found_by_themselves(
    pocket: Callable[..., Path], home: Path, progress: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    pocket(here=True)
    card = home / "config" / "catalog.toml"
    card.write_text(card.read_text().replace("[[model.file]]", 'projector = "x"\n[[model.file]]'))
    eyes = home / "eyes.gguf"
    monkeypatch.setattr(paths, "shipped", {"x": eyes}.get)
    assert catalog.ensure("pocket", progress).mmproj == eyes


def test_a_touched_file_is_hashed_once_more_and_then_trusted(
    pocket: Callable[..., Path], progress: Recorder
) -> None:
    pocket(here=True)
    model = catalog.pull("pocket", progress).model
    os.utime(model, ns=(1, 1))
    first, second = Recorder(), Recorder()
    catalog.resolve("pocket", progress=first)
    catalog.resolve("pocket", progress=second)
    assert [step.act for step in first.steps] == ["verify"]
    assert second.steps == []


def test_a_store_that_cannot_be_written_still_gives_its_models(
    pocket: Callable[..., Path], progress: Recorder
) -> None:
    pocket(here=True)
    model = catalog.pull("pocket", progress).model
    os.utime(model, ns=(1, 1))
    (paths.models_dir() / ".lock").unlink()
    (paths.models_dir() / ".lock").mkdir()
    assert catalog.resolve("pocket").model == model


@pytest.mark.parametrize("position", [0, 51_202, len(WEIGHTS) - 1])
def test_one_flipped_bit_keeps_a_model_from_being_used(
    pocket: Callable[..., Path], progress: Recorder, position: int
) -> None:
    pocket(here=True)
    model = catalog.pull("pocket", progress).model
    data = bytearray(WEIGHTS)
    data[position] ^= 1
    model.write_bytes(data)
    with pytest.raises(ModelError, match="is damaged or was changed"):
        catalog.ensure("pocket", progress)


def test_pull_repairs_a_damaged_file(pocket: Callable[..., Path], progress: Recorder) -> None:
    pocket(here=True)
    catalog.pull("pocket", progress).model.write_bytes(b"GGUF")
    assert catalog.pull("pocket", progress).model.read_bytes() == WEIGHTS


def test_a_file_deleted_by_hand_is_fetched_again(
    pocket: Callable[..., Path], progress: Recorder
) -> None:
    pocket(here=True)
    catalog.pull("pocket", progress).model.unlink()
    assert catalog.ensure("pocket", progress).model.read_bytes() == WEIGHTS


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 99, "models": {}}', "\x00"])
def test_a_damaged_list_is_one_clear_error(text: str) -> None:
    (paths.create(paths.models_dir()) / "models.lock.json").write_text(text)
    with pytest.raises(ModelError, match=r"models\.lock\.json") as caught:
        catalog.resolve("nano")
    assert "Delete that file" in caught.value.remedy
