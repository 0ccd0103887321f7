"""How looks are held against what happened, and a camera without a driver; nothing is timed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.watch import feeding, raw_camera
from benchmarks.watch.judge import Sighted, judge
from benchmarks.watch.scenes import Clip, Event
from edgeomni import watch_events
from edgeomni.vision.gate.change import Look
from edgeomni.vision.live.client import SightWish, WorkerSight, sight_spec


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


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes")
def test_raw_frames_out_of_a_pipe_are_watched_like_those_of_a_camera(tmp_path: Path) -> None:
    pipe = tmp_path / "camera"
    command = (sys.executable, "-P", raw_camera.__file__, str(pipe))
    spec = replace(sight_spec(tmp_path / "sight.log"), command=command)
    with feeding.raw(pipe), closing(WorkerSight(spec, SightWish("camera"))) as sight:
        first = next(each for each in sight.events() if isinstance(each, watch_events.Look))
    assert (first.why, (first.image.width, first.image.height)) == ("first", raw_camera.SIZE)
