"""C5: what a look is said to take before there was one, and what the first one takes."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.samples import Bar, Guard, Result, Samples
from benchmarks.watch.faces import StopWatch
from benchmarks.watch.lookout import Lookout
from benchmarks.watch.showing import scenes
from edgeomni.loops.watch.loop import WatchLoop
from edgeomni.loops.watch.plan import WatchPlan
from edgeomni.loops.watch.telling import Telling
from edgeomni.values import Image
from edgeomni.watch_events import Look, Opened
from tests.loops.watch.doubles import ScriptedSight

RUNS = 8
WITHIN = 25.0
"""Percent of what it took."""
_LIMIT = 60.0
"""Seconds that a look may take: so many that pictures are never made smaller."""
_CONDITION = "a red circle"


def first_look(lookout: Lookout) -> list[Result]:
    """Each run has a new worker; every other one also waits for something."""
    shown = scenes(lookout.scratch)
    runs = [
        _run(lookout, shown[number % len(shown)], [_CONDITION] * (number % 2))
        for number in range(RUNS)
    ]
    predicted, took = zip(*runs, strict=True)
    apart = [100 * abs(guess - real) / real for guess, real in runs]
    within = sum(each <= WITHIN for each in apart)
    case = f"first look of {RUNS} runs"
    return [
        Result(
            "C5",
            f"{case}, predicted beside taken",
            Samples(tuple(1000 * each for each in predicted), "ms"),
            None,
            "taken",
            Samples(tuple(1000 * each for each in took), "ms"),
        ),
        Result(
            "C5",
            f"{case}, how far off it is foretold, the worst",
            Samples((max(apart),), "%"),
            Bar("at most", WITHIN, "%"),
            f"all: {', '.join(f'{each:.0f}' for each in apart)} %",
            guards=(Guard(f"{within} of {RUNS} within {WITHIN:.0f} %", within == RUNS),),
        ),
    ]


def _run(lookout: Lookout, image: Image, conditions: list[str]) -> tuple[float, float]:
    """Seconds, foretold and taken."""
    opened = Opened(0.0, "camera", image.width, image.height, 10.0)
    face = StopWatch()
    seen = (opened, face.until("pace"), Look(1.0, 1, "first", 1.0, 1.0, image))
    with lookout.home() as home:
        told = Telling(plain=home.plain)
        plan = WatchPlan(told, conditions=conditions, max_latency=_LIMIT)
        options = replace(home.settings.options(), temperature=0.0)
        WatchLoop(ScriptedSight(*seen), home.engine, home.assistant, options, face, plan).run()
    return face.paces[0].look, face.ended[0] - face.began[0]
