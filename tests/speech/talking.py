"""``edgeomni`` in the laboratory: started, followed by what it tells, and ended."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edgeomni import paths
from tests.speech.lab import Lab

PATIENCE = 120.0
"""Seconds; an answer of a story takes that long."""


class Talking:
    """What it tells, with the moment at which each line came as ``told``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._told: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._over = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            with self._changed:
                self._told.append(json.loads(line) | {"told": time.monotonic()})
                self._changed.notify_all()
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        """What it told of these."""
        with self._changed:
            return [event for event in self._told if event.get("event") in kinds]

    def wait_for(self, count: int, *kinds: str) -> dict[str, Any]:
        """The event of that number among these kinds."""
        with self._changed:
            there = self._changed.wait_for(
                lambda: self._over or len(self.of(*kinds)) >= count, PATIENCE
            )
            assert there, f"no {count}. {' or '.join(kinds)} within {PATIENCE:g} s"
        assert len(self.of(*kinds)) >= count, f"no {count}. {kinds} before {self._told[-1:]}"
        return self.of(*kinds)[count - 1]

    def end(self) -> int:
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(PATIENCE)
        self._reader.join()
        return code

    def to_its_end(self) -> int:
        """The same for one that ends by itself."""
        code = self._process.wait(PATIENCE)
        self._reader.join()
        return code


@contextmanager
def talking(lab: Lab, state: Path, *more: str) -> Iterator[Talking]:
    with following(lab, state, "talk", "--json", *more) as made:
        made.wait_for(1, "ready")
        yield made


@contextmanager
def following(lab: Lab, state: Path, *words: str) -> Iterator[Talking]:
    """``edgeomni`` with these words, which tells events as JSON."""
    environment = lab.whole_environment | {
        "EDGEOMNI_DATA_DIR": str(paths.data_dir()),
        "EDGEOMNI_STATE_DIR": str(state),
        "EDGEOMNI_OFFLINE": "1",
    }
    command = [sys.executable, "-m", "edgeomni", *words]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        made = Talking(process)
        try:
            yield made
        finally:
            if process.poll() is None:
                made.end()
