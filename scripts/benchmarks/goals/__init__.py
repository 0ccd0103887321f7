"""One module for each kind of engine goal; ``ALL`` says which goal is measured where."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.goals import (
    cancelling,
    equality,
    memory,
    pictures,
    resume,
    shapes,
    speculation,
    speed,
)
from benchmarks.lab import Lab
from benchmarks.samples import Result

ALL: Mapping[str, Callable[[Lab], list[Result]]] = {
    "E1": speed.decode,
    "E2": speed.prefill,
    "E3": pictures.second_turn,
    "E4": equality.cached_and_cold,
    "E5": resume.from_disk,
    "E6": resume.first_turn,
    "E7": speculation.before_the_end,
    "E8": cancelling.until_idle,
    "E10": memory.resident,
    "S1": shapes.whole,
}
