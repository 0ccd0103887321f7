"""Fixtures that more than one room's tests need."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.tiny.build import TinyModel, build


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], TinyModel]:
    """Gives a tiny model by its name, each written once in a session."""
    directory = tmp_path_factory.mktemp("tiny")
    made: dict[str, TinyModel] = {}

    def give(name: str) -> TinyModel:
        if name not in made:
            made[name] = build(name, directory)
        return made[name]

    return give
