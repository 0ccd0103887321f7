"""A watch with the default model and its own eyes, on pictures that are drawn here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PIL import Image as pil
from PIL import ImageDraw

from edgeomni import paths
from edgeomni.build import Home, build, read_settings
from edgeomni.loops.watch.loop import WatchLoop
from edgeomni.loops.watch.plan import WatchPlan
from edgeomni.loops.watch.telling import Telling
from edgeomni.values import Image
from edgeomni.watch_events import Look
from tests.loops.watch.doubles import OPENED, RememberingFace, ScriptedSight, Step, look

pytestmark = [pytest.mark.models, pytest.mark.engine]
SIZE = (640, 360)


def drawn(*things: tuple[str, str, tuple[int, int]]) -> Image:
    """Shapes of 180 pixels, each with its colour and its upper left corner, on white."""
    canvas = pil.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(canvas)
    for colour, shape, (x, y) in things:
        box = (x, y, x + 180, y + 180)
        if shape == "circle":
            pen.ellipse(box, fill=colour)
        else:
            pen.rectangle(box, fill=colour)
    return Image(canvas.tobytes(), *SIZE)


EMPTY = drawn()
RED = drawn(("red", "circle", (220, 90)))
MOVED = drawn(("red", "circle", (400, 40)))
BLUE = drawn(("blue", "square", (220, 90)))


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    if paths.shipped("nano/mmproj-nano-vision.gguf") is None:
        pytest.skip("the eyes of the default model are not there")
    chosen = read_settings({"model": "nano", "device": "cpu", "temperature": 0.0})
    with build(replace(chosen, watching=True)) as made:
        yield made


class Watch:
    def __init__(self, home: Home, plan: WatchPlan) -> None:
        self.home, self.face, self.sight = home, RememberingFace(), ScriptedSight()
        home.assistant.clear()
        plan = replace(plan, telling=replace(plan.telling, plain=home.plain))
        engine, options = home.engine, replace(home.settings.options(), max_tokens=24)
        self.loop = WatchLoop(self.sight, engine, home.assistant, options, self.face, plan)

    def run(self, *steps: Step) -> RememberingFace:
        """Each step waits until the look before it is over."""
        paced: list[Step] = []
        for number, step in enumerate(steps):
            paced.append(step)
            if isinstance(step, Look):
                count = sum(isinstance(each, Look) for each in steps[: number + 1])
                told = "caption"
                paced.append(self.face.until(told, count))
        self.sight.steps = paced
        self.loop.run()
        assert self.face.errors == []
        return self.face

    def ask(self, text: str) -> Step:
        def step() -> None:
            count = len(self.face.answers)
            self.loop.ask(text)
            self.face.wait("answered", count + 1)

        return step


def test_what_appears_and_what_changed_is_named(home) -> None:
    face = Watch(home, WatchPlan()).run(
        *(OPENED, look(0, EMPTY, "first"), look(1, RED), look(2, MOVED), look(3, BLUE)),
        look(4, EMPTY),
    )
    first, red, moved, blue, empty = (caption.text for caption in face.captions)
    assert "circle" not in first
    assert "red circle" in red
    assert moved == ""
    assert "blue square" in blue
    assert blue.endswith("No longer: a small red circle.")
    assert empty.endswith("No longer: a small blue square.")


def test_a_red_circle_is_told_of_once_and_when_it_is_there(home) -> None:
    plan = WatchPlan(Telling(), conditions=["a red circle"])
    pictures = [EMPTY, BLUE, RED, MOVED, RED, BLUE, EMPTY]
    face = Watch(home, plan).run(OPENED, *(look(at, each) for at, each in enumerate(pictures)))
    assert [match.at for match in face.matches] == [2]
    assert face.matches[0].text.startswith("Yes")


def test_a_question_finds_its_picture_in_the_cache(home) -> None:
    watch = Watch(home, WatchPlan(asking=True))
    question = watch.ask("What is the colour of the background?")
    [answered] = watch.run(OPENED, look(0, RED), look(1, RED), question).answers
    assert "white" in answered.text
    assert answered.receipt.media_encodes == 0
    assert answered.receipt.media_items == 1
    assert answered.receipt.prompt_tokens - answered.receipt.cached_tokens < 30
