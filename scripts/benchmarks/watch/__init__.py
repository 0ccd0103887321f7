"""What watching costs, what it notices and foresees, and how fast it answers: goals C1 to C5."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.samples import Result
from benchmarks.watch import foreseeing, lasting, noticing, questions, resting, whole
from benchmarks.watch.lookout import Lookout

Measure = Callable[[Lookout], list[Result]]


def _nothing_happens(lookout: Lookout) -> list[Result]:
    return [*resting.nothing_happens(lookout), *whole.running_loop(lookout)]


ALL: Mapping[str, Measure] = {
    "C1": _nothing_happens,
    "C2": noticing.something_happens,
    "C3": questions.asked_while_watching,
    "C4": lasting.many_looks,
    "C5": foreseeing.first_look,
}
