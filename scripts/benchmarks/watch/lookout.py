"""What the measurements of watching are given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.peers import Shelf
from edgeomni.build import Home, build, read_settings


@dataclass(frozen=True)
class Lookout:
    rounds: int
    scratch: Path
    """An empty directory that is gone afterwards."""
    model: str = "nano"
    threads: int = 1
    shelf: Shelf | None = None
    """None where llama-server is not there."""

    @contextmanager
    def home(self, threads: int | None = None) -> Iterator[Home]:
        """The model, loaded by a new worker, as ``edgeomni watch`` has it.

        ``threads`` is for what is not timed.
        """
        flags = {"model": self.model, "device": "cpu", "threads": threads or self.threads}
        chosen = read_settings({**flags, "temperature": 0.0})
        with build(replace(chosen, watching=True)) as made:
            made.engine.abilities()
            yield made
