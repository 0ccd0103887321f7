"""C4: three hundred looks, and what they leave behind. Linux."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from benchmarks.machine import children, open_files, resident_mib
from benchmarks.ours import worker_pid
from benchmarks.samples import Bar, Guard, Result, Samples, slope
from benchmarks.watch.beside import changed_frame
from benchmarks.watch.faces import StopWatch
from benchmarks.watch.lookout import Lookout
from benchmarks.watch.showing import SceneCamera, scene_camera, scenes
from edgeomni.build import Home
from edgeomni.loops.watch.loop import WatchLoop
from edgeomni.loops.watch.plan import WatchPlan
from edgeomni.loops.watch.telling import Telling
from edgeomni.loops.watch.told import Caption
from edgeomni.values import Finished, Receipt
from edgeomni.vision.live.client import SightWish, WorkerSight, sight_spec

LOOKS = 300
SETTLED = 30
"""Looks before anything is held against anything."""
GROWTH = 5.0
"""MiB by which a process may seem to have grown from then on: heaps are a little uneven."""
_LEAST = 10
"""Measurements without which nothing can be said."""
_EVERY = 5
"""Looks from one measurement to the next."""
_SCENE = 10
"""Looks at one scene; from one to the next only the noise is another."""
_WORDS = 16
"""KV cells by which captions differ: those of nano have 6 to 14 tokens."""
_PATIENCE = 240.0
"""Seconds for all of them; on a busy machine there are then fewer, which is told."""


def many_looks(lookout: Lookout) -> list[Result]:
    shown = scenes(lookout.scratch)
    with lookout.home(os.cpu_count()) as home, scene_camera(shown) as camera:
        before = _said(home, "Tell me a story about a fox.")
        tally = _looked(lookout, home, camera)
        after = _said(home, "And then?")
    kept = before.prompt_tokens + before.completion_tokens - 1
    talk = Result(
        "C4",
        f"tokens of the conversation that are in its cache after {len(tally.cells)} looks",
        Samples((after.cached_tokens,), "tokens"),
        Bar("at least", kept, "tokens"),
        guards=(Guard(f"{LOOKS} looks within {_PATIENCE:.0f} s", tally.enough.is_set()),),
    )
    grown = [_growth(held, tally.measured) for held in tally.held]
    files = [_files(held) for held in tally.held]
    return [*grown, *files, _cells(tally), talk, *changed_frame(lookout, shown)]


@dataclass
class _Held:
    """What one process holds, at each measurement."""

    name: str
    pid: int
    mib: list[float] = field(default_factory=list)
    """Resident."""
    files: list[int] = field(default_factory=list)

    def measure(self) -> None:
        self.mib.append(resident_mib(self.pid))
        self.files.append(open_files(self.pid))


class _Tally(StopWatch):
    """Measures at every few captions, and has the scene change."""

    def __init__(self, camera: SceneCamera, workers: Callable[[], dict[str, int]]) -> None:
        super().__init__()
        self.held: list[_Held] = []
        self.measured: list[int] = []
        """At how many looks."""
        self.cells: list[int] = []
        """Of the KV cache that each look took."""
        self.enough = threading.Event()
        self._camera, self._workers = camera, workers

    def caption(self, caption: Caption) -> None:
        self.cells.append(caption.receipt.prompt_tokens + caption.receipt.completion_tokens)
        count = len(self.cells)
        if count == 1:
            self.held = [_Held(name, pid) for name, pid in self._workers().items()]
        if count % _SCENE == 0:
            self._camera.scene += 1
        if SETTLED <= count <= LOOKS and count % _EVERY == 0:
            self.measured.append(count)
            for held in self.held:
                held.measure()
        if count == LOOKS:
            self.enough.set()


def _looked(lookout: Lookout, home: Home, camera: SceneCamera) -> _Tally:
    """As fast as looks are described."""
    engine, before = worker_pid(), set(children(os.getpid()))

    def workers() -> dict[str, int]:
        (sight,) = set(children(os.getpid())) - before
        return {"engine": engine, "sight": sight}

    tally = _Tally(camera, workers)
    sight = WorkerSight(
        sight_spec(lookout.scratch / "sight.log"), SightWish(camera.address, least=0.1, most=0.1)
    )
    options, plan = home.settings.options(), WatchPlan(Telling(plain=home.plain))
    loop = WatchLoop(sight, home.engine, home.assistant, options, tally, plan)
    thread = threading.Thread(target=loop.run)
    thread.start()
    try:
        tally.enough.wait(_PATIENCE)
    finally:
        loop.stop()
        thread.join()
    if len(tally.measured) < _LEAST:
        raise RuntimeError(f"{len(tally.cells)} looks in {_PATIENCE:.0f} s: {tally.errors}")
    return tally


def _said(home: Home, text: str) -> Receipt:
    options = replace(home.settings.options(), max_tokens=8)
    (last,) = (
        event for event in home.assistant.reply([text], options) if isinstance(event, Finished)
    )
    return last.receipt


# ── what is told of it ───────────────────────────────────────────────────────────────────────────


def _growth(held: _Held, looks: list[int]) -> Result:
    grown = slope(looks, held.mib) * (looks[-1] - looks[0])
    return Result(
        "C4",
        f"growth of the {held.name} worker from look {looks[0]} to {looks[-1]}, by least squares",
        Samples((grown,), "MiB"),
        Bar("at most", GROWTH, "MiB"),
        f"resident: {held.mib[0]:.1f}, then {held.mib[-1]:.1f} MiB",
    )


def _files(held: _Held) -> Result:
    return Result(
        "C4",
        f"files of the {held.name} worker more than at look {SETTLED}",
        Samples((max(held.files) - held.files[0],), "files"),
        Bar("at most", 0, "files"),
        f"open: {held.files[0]}, then {held.files[-1]}",
    )


def _cells(tally: _Tally) -> Result:
    early, late = max(tally.cells[:SETTLED]), max(tally.cells[SETTLED:LOOKS])
    return Result(
        "C4",
        f"KV cells that a look takes at most, behind look {SETTLED}",
        Samples((late,), "cells"),
        Bar("at most", early + _WORDS, "cells"),
        f"before: {early} cells",
    )
