"""Workers for the tests: one with the real host, and one that keeps no promise."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edgeomni.process.worker import Worker, WorkerSpec

HERE = Path(__file__).parent
Start = Callable[..., Worker]


def spec(script: str, argument: str, log: Path, **changes: Any) -> WorkerSpec:
    command = (sys.executable, "-P", os.fspath(HERE / script), argument)
    room = "play" if script == "child.py" else "hostile"
    return WorkerSpec(room, log, command=command, **changes)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Start]:
    """Makes workers that are closed after the test, and sees that no thread of theirs remains."""
    before = set(threading.enumerate())
    made: list[Worker] = []

    def make(script: str, argument: str, **changes: Any) -> Worker:
        made.append(Worker(spec(script, argument, tmp_path / "worker.log", **changes)))
        return made[-1]

    yield make
    for worker in made:
        worker.close()
    assert set(threading.enumerate()) <= before


@pytest.fixture
def worker(make: Start) -> Worker:
    """A started worker of the real host."""
    worker = make("child.py", "play")
    worker.start()
    return worker


@pytest.fixture
def hostile(make: Start) -> Start:
    return lambda behaviour, **changes: make("hostile.py", behaviour, **changes)
