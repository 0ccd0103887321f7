"""What is listed, and what removing takes away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edgeomni import catalog, paths
from edgeomni.catalog import lock
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


@pytest.mark.parametrize("language", ["", "en"])
def test_english_is_heard_with_the_usual_ears(language: str) -> None:
    assert catalog.ears_for(language) == catalog.DEFAULT_EARS


def test_other_languages_are_heard_with_ears_for_many_that_are_here(home: Path) -> None:
    lies_there("tiny.en")
    with pytest.raises(ModelNotFound, match="English alone") as raised:
        catalog.ears_for("es")
    assert raised.value.remedy.startswith("`edgeomni pull base`")
    lies_there("base")
    assert catalog.ears_for("es") == "base"


def lies_there(name: str) -> None:
    store = paths.models_dir()
    model = store / name / "model.bin"
    model.parent.mkdir(parents=True)
    model.write_bytes(WEIGHTS)
    file = lock.held("model", model, "0" * 64, store)
    entry = lock.Entry(name, "wheel", "a==1", "", "F16", "MIT", "2026-01-01T00:00:00Z", (file,))
    lock.change(store, lambda entries: entries.update({name: entry}))
