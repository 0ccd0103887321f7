"""How looks are held against what happened; nothing is drawn or timed here."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.watch.judge import Sighted, judge
from benchmarks.watch.scenes import Clip, Event
from edgeomni.vision.gate.change import Look


def film(*events: Event) -> Clip:
    def frames() -> Iterator[tuple[float, np.ndarray]]:
        yield from ()

    return Clip(10, 20.0, events, frames)


def look(at: float, shown: float | None = None) -> Sighted:
    return Sighted(at, at if shown is None else shown, Look("change", 0.1, at, 0))


def test_a_look_behind_an_event_catches_it() -> None:
    (verdict,) = judge(film(Event("appear", 5, 5)), [look(5.2)]).verdicts
    assert verdict.caught
    assert round(verdict.wait or 0, 6) == 0.2


def test_a_look_at_the_middle_of_a_motion_does_not() -> None:
    judged = judge(film(Event("move", 5, 7)), [look(6)])
    assert not judged.verdicts[0].caught
    assert not judged.false


def test_a_look_long_behind_it_is_of_nothing() -> None:
    judged = judge(film(Event("appear", 5, 5)), [look(9)])
    assert not judged.verdicts[0].caught
    assert len(judged.false) == 1


def test_what_passes_must_be_shown() -> None:
    passing = film(Event("brief", 5, 5.5))
    assert judge(passing, [look(6, shown=5.4)]).verdicts[0].caught
    assert not judge(passing, [look(6)]).verdicts[0].caught


def test_frames_in_the_middle_of_a_pan_are_counted() -> None:
    pan = film(Event("pan", 5, 7))
    assert judge(pan, [look(6)]).blurred == 1
    assert judge(pan, [look(7.2)]).blurred == 0
