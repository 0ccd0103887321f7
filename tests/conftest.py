"""Fixtures that more than one room's tests need."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import hypothesis
import pytest

from benchmarks.peers import Shelf
from bootstrap.place import this_checkout
from tests.tiny.build import TinyModel, build

# An example that is slow on a busy machine is no failure.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.load_profile("here")


def pytest_configure() -> None:
    """A shell starts its background jobs deaf to Ctrl+C, and programs inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def errors_of_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An exception on a thread of the code's own fails the test."""
    found: list[BaseException | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda told: found.append(told.exc_value))
    yield
    assert found == []


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


@pytest.fixture(scope="session")
def peers() -> Shelf:
    """llama.cpp's own programs; skips where scripts/peers has not built them."""
    place = this_checkout()
    shelf = Shelf(Path(place.root), version("llama-cpp-python"))
    if not shelf.usable():
        pytest.skip("llama-server is not built; scripts/peers builds it")
    return shelf


@pytest.fixture
def zeros(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """glibc gives programs zeroed memory: llama.cpp does not clear Pixtral's row ends itself."""
    if name in ("mistral3", "pixtral"):  # it takes time
        monkeypatch.setenv("MALLOC_PERTURB_", "255")
