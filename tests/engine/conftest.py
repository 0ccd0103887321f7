"""Brains over tiny models, in this process: for paths on which llama.cpp does not abort."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest

from edgeomni.engine import llama
from edgeomni.engine.brain import Brain
from edgeomni.engine.config import EngineConfig
from edgeomni.engine.ladder import CPU
from edgeomni.faults import Faults
from tests.tiny.build import TinyModel


class MakeBrain(Protocol):
    def __call__(self, name: str, **config: Any) -> Brain: ...


@pytest.fixture(scope="session")
def backend() -> None:
    llama.start_backend()


@pytest.fixture
def brain(tiny: Callable[[str], TinyModel], backend: None) -> Iterator[MakeBrain]:
    """Loads a tiny model by its name, on one thread; closed after the test."""
    made: list[Brain] = []

    def make(name: str, **config: Any) -> Brain:
        files = tiny(name)
        made.append(Brain(EngineConfig(files.model, files.mmproj, **config), CPU, 1, Faults()))
        return made[-1]

    yield make
    for each in made:
        each.close()
