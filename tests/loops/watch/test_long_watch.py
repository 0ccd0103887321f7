"""Hundreds of looks: nothing grows, and the conversation stays where it is."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from benchmarks.machine import children, open_files, resident_mib
from edgeomni import paths
from edgeomni.assistant import Assistant
from edgeomni.build import build, read_settings
from edgeomni.engine.client import LlamaEngine
from edgeomni.engine.config import WATCH_CONTEXT, EngineConfig
from edgeomni.loops.watch.loop import WatchLoop
from edgeomni.loops.watch.plan import WatchPlan
from edgeomni.loops.watch.telling import Telling
from edgeomni.loops.watch.yielding import YieldingEngine
from edgeomni.ports import Engine
from edgeomni.values import Finished, Options, Receipt
from tests.loops.watch.doubles import OPENED, RememberingFace, ScriptedSight, Step, look, picture
from tests.tiny.build import TinyModel

pytestmark = [
    pytest.mark.engine,
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform != "linux", reason="/proc"),
]
EARLY = 60
GROWTH = 20.0
"""MiB. The pictures between the two measurements, kept, would be 25 and 40."""
GREEDY = Options(max_tokens=8, temperature=0.0)
Shown = tuple[int, tuple[int, int]]
"""How many pictures, and how large: the default model takes half a second for each."""
MODELS = [
    pytest.param(("tiny", (300, (256, 144))), id="tiny"),
    pytest.param(
        ("nano", (120, (640, 360))), id="nano", marks=[pytest.mark.models, pytest.mark.slow]
    ),
]


@dataclass
class Held:
    """What the engine's worker holds."""

    mib: float
    files: int


@dataclass
class Watched:
    early: Held
    late: Held
    captions: list[Receipt]
    before: Receipt
    """Of a turn of the conversation before the first look."""
    after: Receipt
    """Of the next turn, after the last one."""


@pytest.fixture(scope="module", params=MODELS)
def watched(
    request: pytest.FixtureRequest,
    tiny: Callable[[str], TinyModel],
    tmp_path_factory: pytest.TempPathFactory,
) -> Watched:
    """All of them, by a model that sees two pictures at a time, and by the default one."""
    name, shown = request.param
    opened = _nano() if name == "nano" else _tiny(tiny, tmp_path_factory.mktemp("log"))
    before = set(children(os.getpid()))
    with opened as (engine, plain):
        engine.abilities()
        (worker,) = set(children(os.getpid())) - before
        return _watched(engine, worker, shown, plain=plain)


def _watched(engine: Engine, worker: int, shown: Shown, *, plain: bool) -> Watched:
    count, size = shown
    talk, face, held = Assistant(engine), RememberingFace(), list[Held]()

    def measure() -> None:
        held.append(Held(resident_mib(worker), open_files(worker)))

    steps: list[Step] = [OPENED]
    for number in range(count):
        steps += [look(number, picture(number % 250, *size)), face.until("caption", number + 1)]
        steps += [measure] if number + 1 in (EARLY, count) else []
    before = _said(talk, "Tell me a story about a fox.")
    plan = WatchPlan(Telling(plain=plain))
    WatchLoop(ScriptedSight(*steps), engine, Assistant(engine), GREEDY, face, plan).run()
    assert face.errors == []
    receipts = [caption.receipt for caption in face.captions]
    early, late = held
    return Watched(early, late, receipts, before, _said(talk, "And then?"))


def _said(talk: Assistant, text: str) -> Receipt:
    *_, last = talk.reply([text], GREEDY)
    assert isinstance(last, Finished)
    return last.receipt


@contextmanager
def _tiny(tiny: Callable[[str], TinyModel], folder: Path) -> Iterator[tuple[Engine, bool]]:
    files = tiny("gemma3")
    lanes = ("chat", "watch")
    config = EngineConfig(files.model, files.mmproj, device="cpu", threads=1, lanes=lanes)
    engine = YieldingEngine(LlamaEngine(config, folder / "engine.log"))
    try:
        yield engine, False
    finally:
        engine.close()


@contextmanager
def _nano() -> Iterator[tuple[Engine, bool]]:
    if paths.shipped("nano/mmproj-nano-vision.gguf") is None:
        pytest.skip("the eyes of the default model are not there")
    chosen = read_settings({"model": "nano", "device": "cpu"})
    with build(replace(chosen, watching=True)) as home:
        yield home.engine, home.plain


def test_each_look_is_a_picture_of_its_own(watched: Watched) -> None:
    encoded = [receipt.media_encodes for receipt in watched.captions]
    assert set(encoded) == {1}


def test_memory_stays_what_it_is(watched: Watched) -> None:
    assert watched.late.mib <= watched.early.mib + GROWTH


def test_no_file_is_left_open(watched: Watched) -> None:
    assert watched.late.files == watched.early.files


def test_the_lane_takes_no_more_of_the_cache(watched: Watched) -> None:
    taken = [receipt.prompt_tokens + receipt.completion_tokens for receipt in watched.captions]
    assert max(taken[EARLY:]) <= max(taken[:EARLY]) + 2 * GREEDY.max_tokens
    assert max(taken) < WATCH_CONTEXT


def test_the_conversation_is_still_in_the_cache(watched: Watched) -> None:
    before = watched.before.prompt_tokens + watched.before.completion_tokens - 1
    assert watched.after.cached_tokens >= before
