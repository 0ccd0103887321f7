"""C1 for the program as it runs: the worker with the source, and who listens to it. Linux."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from benchmarks.machine import children, cpu_seconds
from benchmarks.samples import Bar, Guard, Result, Samples
from benchmarks.watch import feeding, raw_camera
from benchmarks.watch.lookout import Lookout
from benchmarks.watch.resting import RATE
from edgeomni.assistant import Assistant
from edgeomni.loops.watch.loop import WatchLoop
from edgeomni.ports import Sight
from edgeomni.process.worker import WorkerSpec
from edgeomni.values import Options
from edgeomni.vision.live.client import SightWish, WorkerSight, sight_spec
from edgeomni.watch_events import Look, Seen
from tests.fakes import EchoEngine
from tests.loops.watch.doubles import RememberingFace

SECONDS = 15.0
_SETTLING = 3.0
"""Seconds from the first look on in which nothing is measured: imports and first frames."""
_SEEN = 0.9 * RATE
"""Frames a second that must have been looked at."""
_FASTER = 30
"""Frames a second of most cameras; no more than ten are looked at."""


@dataclass(frozen=True)
class _Rest:
    """What was measured while nothing happened."""

    worker: float
    """Percent of a core."""
    parent: float
    looks: int
    """Behind the first."""
    fps: float


def running_loop(lookout: Lookout) -> list[Result]:
    pipe = lookout.scratch / "camera"
    command = (sys.executable, "-P", raw_camera.__file__, str(pipe))
    spec = sight_spec(lookout.scratch / "sight.log")
    with feeding.raw(pipe):
        raw = _rest(WorkerSight(replace(spec, command=command), SightWish("camera")))
    return [
        _told("640x360 raw YUYV", raw, 2.0),
        _streamed(RATE, spec, 3.0),
        _streamed(_FASTER, spec, None),
    ]


def _streamed(rate: int, spec: WorkerSpec, most: float | None) -> Result:
    with feeding.stream(rate) as served:
        rest = _rest(WorkerSight(spec, SightWish(served.address)))
    name = f"1280x720 MJPEG over HTTP, {served.kib} KiB a frame, {rate} a second"
    return _told(name, rest, most)


def _rest(sight: Sight) -> _Rest:
    """The loop with a model that says what it is asked, so that looks cost nothing here."""
    face, engine, before = RememberingFace(), EchoEngine(), set(children(os.getpid()))
    with _watched(WatchLoop(sight, engine, Assistant(engine), Options(), face)):
        face.wait("caption")
        (worker,) = set(children(os.getpid())) - before
        time.sleep(_SETTLING)
        began, was = time.perf_counter(), (cpu_seconds(worker), time.process_time())
        time.sleep(SECONDS)
        now, took = (cpu_seconds(worker), time.process_time()), time.perf_counter() - began
    worker_share, parent_share = (
        100 * (later - earlier) / took for earlier, later in zip(was, now, strict=True)
    )
    looks = sum(isinstance(event, Look) for event in face.events) - 1
    rates = [event.fps for event in face.events if isinstance(event, Seen) and event.fps]
    return _Rest(worker_share, parent_share, looks, rates[-1])


@contextmanager
def _watched(loop: WatchLoop) -> Iterator[None]:
    thread = threading.Thread(target=loop.run)
    thread.start()
    try:
        yield
    finally:
        loop.stop()
        thread.join()


def _told(name: str, rest: _Rest, most: float | None) -> Result:
    return Result(
        "C1",
        f"a core for all of the running loop in {SECONDS:.0f} s, {name}",
        Samples((rest.worker + rest.parent,), "%"),
        Bar("at most", most, "%") if most else None,
        f"worker {rest.worker:.2f} %, parent {rest.parent:.2f} %",
        guards=(
            Guard(f"{rest.looks} looks behind the first", rest.looks == 0),
            Guard(f"{rest.fps:.1f} frames a second were seen", rest.fps >= _SEEN),
        ),
    )
