"""C3: a question about the live picture beside the same question about a text."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from benchmarks.lab import words
from benchmarks.samples import Bar, Guard, Result, Samples, interleave
from benchmarks.watch.faces import StopWatch
from benchmarks.watch.lookout import Lookout
from benchmarks.watch.showing import SceneCamera, scene_camera, scenes
from edgeomni.assistant import Assistant
from edgeomni.build import Home
from edgeomni.loops.watch.loop import WatchLoop
from edgeomni.loops.watch.plan import WatchPlan
from edgeomni.loops.watch.telling import Telling
from edgeomni.ports import Cancel, Engine
from edgeomni.values import Finished, Options, Part, Receipt, TextDelta
from edgeomni.vision.live.client import SightWish, WorkerSight, sight_spec
from tests.loops.watch.doubles import PATIENCE

PAIRS = 12
"""At least."""
RATIO = 1.15
QUESTION = "What is the colour of the background?"
_ANSWER = 8
"""Tokens."""


class Announcing(Assistant):
    """Tells when something has been made ready for a question."""

    def __init__(self, engine: Engine, system: str) -> None:
        super().__init__(engine, system=system)
        self.ready = threading.Event()

    def prepare(self, parts: Sequence[Part], cancel: Cancel | None = None) -> Receipt:
        receipt = super().prepare(parts, cancel)
        if receipt.finish_reason != "cancelled":
            self.ready.set()
        return receipt


def asked_while_watching(lookout: Lookout) -> list[Result]:
    """Both are evaluated up to the question, and are of the same length with and without it.

    Both are asked while the watch goes on; before each, the picture or the text is a new one.
    """
    rounds = max(PAIRS, lookout.rounds)
    with _watch(lookout) as watch:
        watch.about_picture(0)
        watch.about_text(0)
        watch.receipts.clear()
        measured = interleave({"picture": watch.about_picture, "text": watch.about_text}, rounds)
        picture, text = watch.receipts["picture"], watch.receipts["text"]
    encodes = sum(receipt.media_encodes for receipt in picture)
    fresh, lengths = ([*map(count, (picture, text))] for count in (_fresh, _lengths))
    return [
        Result(
            "C3",
            f"first word of an answer about the live picture, {rounds} pairs",
            Samples(measured["picture"], "ms"),
            Bar("at most", RATIO),
            "about a text as long",
            Samples(measured["text"], "ms"),
            guards=(
                Guard(f"{encodes} pictures were encoded after a question", encodes == 0),
                Guard(f"{fresh[0]} and {fresh[1]} new tokens each", fresh[0] == fresh[1]),
                Guard(f"{lengths[0]} and {lengths[1]} in all", lengths[0] == lengths[1]),
            ),
        )
    ]


def _fresh(receipts: Sequence[Receipt]) -> list[int]:
    """Tokens that were evaluated once the question was known; each number once."""
    return sorted({receipt.prompt_tokens - receipt.cached_tokens for receipt in receipts})


def _lengths(receipts: Sequence[Receipt]) -> list[int]:
    return sorted({receipt.prompt_tokens for receipt in receipts})


@dataclass
class _Watch:
    loop: WatchLoop
    face: StopWatch
    assistant: Announcing
    camera: SceneCamera
    home: Home
    options: Options
    room: int
    """Tokens of a picture."""
    receipts: dict[str, list[Receipt]] = field(default_factory=dict)

    def about_picture(self, number: int) -> float:
        """Milliseconds from the question to the first word of its answer."""
        self.assistant.ready.clear()
        self.camera.scene += 1
        if not self.assistant.ready.wait(PATIENCE):
            raise RuntimeError(f"scene {self.camera.scene} was not made ready: {self.face.errors}")
        count = len(self.face.answers)
        began = time.perf_counter()
        self.loop.ask(QUESTION)
        self.face.wait("answered", count + 1)
        self._note("picture", self.face.answers[-1].receipt)
        return (self.face.first_word - began) * 1000

    def about_text(self, number: int) -> float:
        """The same in a conversation of its own, over the same engine."""
        talk = self.home.aside()
        text = words(self.room, self.camera.scene)
        talk.prepare([text])
        first, began = 0.0, time.perf_counter()
        for event in talk.reply([text, f" {QUESTION}"], self.options):
            if isinstance(event, TextDelta):
                first = first or time.perf_counter()
            elif isinstance(event, Finished):
                self._note("text", event.receipt)
        return (first - began) * 1000

    def _note(self, side: str, receipt: Receipt) -> None:
        self.receipts.setdefault(side, []).append(receipt)


@contextmanager
def _watch(lookout: Lookout) -> Iterator[_Watch]:
    shown = scenes(lookout.scratch)
    with lookout.home() as home, scene_camera(shown) as camera:
        assistant = Announcing(home.engine, home.settings.system.value)
        options = replace(home.settings.options(), max_tokens=_ANSWER)
        sight = WorkerSight(
            sight_spec(lookout.scratch / "sight.log"), SightWish(camera.address, least=0.1)
        )
        face, plan = StopWatch(), WatchPlan(Telling(plain=home.plain), asking=True)
        loop = WatchLoop(sight, home.engine, assistant, options, face, plan)
        room = home.engine.media_tokens([(shown[0].width, shown[0].height)])
        thread = threading.Thread(target=loop.run)
        thread.start()
        try:
            assistant.ready.wait(PATIENCE)
            yield _Watch(loop, face, assistant, camera, home, options, sum(room or [64]))
        finally:
            loop.stop()
            thread.join()
