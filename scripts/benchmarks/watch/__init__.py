"""What watching costs while nothing happens, and what it notices: goals C1 and C2."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.samples import Result
from benchmarks.watch import noticing, resting

Measure = Callable[[int], list[Result]]
"""Is told how often to measure what takes time."""

ALL: Mapping[str, Measure] = {
    "C1": resting.nothing_happens,
    "C2": noticing.something_happens,
}
