"""What is listed, and what removing takes away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edgeomni import catalog, paths
from edgeomni.errors import ModelNotFound, UsageError
from tests.catalog.conftest import WEIGHTS, Recorder

Pocket = Callable[..., Path]


def test_a_fresh_machine_has_nothing_and_is_offered_the_catalog() -> None:
    assert catalog.installed() == []
    assert [model.name for model in catalog.available()] == [card.id for card in catalog.cards()]


def test_what_is_pulled_moves_to_the_installed(pocket: Pocket, progress: Recorder) -> None:
    pocket(here=True)
    catalog.pull("pocket", progress)
    (model,) = catalog.installed()
    assert (model.name, model.bytes, model.licence) == ("pocket", len(WEIGHTS), "MIT")
    assert "pocket" not in [other.name for other in catalog.available()]


def test_removing_deletes_the_file_and_forgets_it(pocket: Pocket, progress: Recorder) -> None:
    pocket(here=True)
    catalog.pull("pocket", progress)
    assert catalog.remove("pocket").name == "pocket"
    assert sorted(p.name for p in paths.models_dir().iterdir()) == [".lock", "models.lock.json"]
    assert catalog.installed() == []


def test_what_was_not_pulled_cannot_be_removed(pocket: Pocket, progress: Recorder) -> None:
    with pytest.raises(ModelNotFound, match="was not pulled"):
        catalog.remove("gemma-3-4b")


def test_a_file_of_the_users_own_is_never_deleted(tmp_path: Path) -> None:
    model = tmp_path / "mine.gguf"
    model.write_bytes(WEIGHTS)
    with pytest.raises(UsageError, match="never deletes"):
        catalog.remove(str(model))
    assert model.exists()
