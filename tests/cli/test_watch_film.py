"""``edgeomni watch`` as a program of its own, with the default model: a film and a stream."""

from __future__ import annotations

import io
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as pil
from PIL import ImageDraw

from edgeomni import paths
from tests.vision.live.cameras import Camera

pytestmark = [
    pytest.mark.models,
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.timeout(300),
]
SHOWN = ("square", "heart", "circle", "stars")
"""What the film shows, in this order."""
CIRCLE = (13.9, 15.5)
"""Seconds: when the red circle has come to be seen, and some for noticing it."""
PATIENCE = 60.0
"""Seconds for anything, on a busy machine."""
HOME = {"EDGEOMNI_HOME": os.environ.get("EDGEOMNI_HOME", "")}
"""Where the models are; the other tests stand in an empty one."""
Told = dict[str, Any]


class Watch:
    """The program, and what it tells."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.told: list[Told] = []
        self._lines = queue.SimpleQueue[str | None]()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def all(self) -> list[Told]:
        """Everything, to its end."""
        while (line := self._lines.get(timeout=PATIENCE)) is not None:
            self.told.append(json.loads(line))
        return self.told

    def wait(self, *events: str, names: str = "") -> Told:
        """The next event of one of these kinds, whose text names that."""
        deadline = time.monotonic() + PATIENCE
        while (left := deadline - time.monotonic()) > 0:
            line = self._lines.get(timeout=left)
            assert line is not None, f"it has ended: {self.told}"
            self.told.append(json.loads(line))
            if self.told[-1]["event"] in events and names in self.told[-1]["text"]:
                return self.told[-1]
        raise AssertionError(f"no {events} {names}: {self.told}")


@contextmanager
def watching(source: object, *words: str) -> Iterator[Watch]:
    flags = ("--json", "--device", "cpu", "-m", "nano")
    with subprocess.Popen(
        [sys.executable, "-m", "edgeomni", "watch", str(source), *flags, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=os.environ | HOME | {"EDGEOMNI_OFFLINE": "1"},
        encoding="utf-8",
    ) as process:
        try:
            yield Watch(process)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def film() -> Path:
    if paths.shipped("nano/mmproj-nano-vision.gguf") is None:
        pytest.skip("the eyes of the default model are not there")
    found = paths.shipped("media/scenes.mp4")
    assert found is not None
    return found


# ── a film ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module", params=[["--fast"], []], ids=["fast", "in real time"])
def told(request: pytest.FixtureRequest, film: Path) -> list[Told]:
    """All that is told of the shipped film while a red circle is waited for."""
    with watching(film, "--for", "a red circle", "--preset", "describe", *request.param) as watch:
        return watch.all()


def test_a_film_is_told_in_the_order_of_what_it_shows(told: list[Told]) -> None:
    captions = [each for each in told if each["event"] in ("caption", "change")]
    texts = [each["text"].split("No longer")[0] for each in captions]
    firsts = [[name in text for text in texts].index(True) for name in SHOWN]
    assert firsts == sorted(firsts)


def test_a_red_circle_is_told_of_once_and_when_it_is_there(told: list[Told]) -> None:
    (match,) = (each for each in told if each["event"] == "match")
    assert CIRCLE[0] <= match["t"] <= CIRCLE[1]


def test_a_film_ends_with_its_end(told: list[Told]) -> None:
    assert [each["event"] for each in told].count("over") == 1


# ── a stream ─────────────────────────────────────────────────────────────────────────────────────


class Shapes(Camera):
    """Sees a red circle until it hangs up, and a blue square from then on."""

    def __init__(self) -> None:
        super().__init__()
        self.size, self.level, self.brighter = (640, 360), 0, 1

    def picture(self, number: int) -> bytes:
        canvas = pil.new("RGB", self.size, "white")
        pen, box = ImageDraw.Draw(canvas), (220, 90, 400, 270)
        if self.level:
            pen.rectangle(box, fill="blue")
        else:
            pen.ellipse(box, fill="red")
        noise = np.random.default_rng(number).integers(-3, 4, (self.size[1], self.size[0], 3))
        pixels = np.clip(np.asarray(canvas, np.int16) + noise, 0, 255).astype(np.uint8)
        file = io.BytesIO()
        pil.fromarray(pixels).save(file, "JPEG", quality=90)
        return file.getvalue()


@pytest.fixture
def shapes(film: Path) -> Iterator[Shapes]:
    with Shapes() as camera:
        yield camera


def test_what_is_told_after_a_stream_was_cut_is_what_is_there_then(shapes: Shapes) -> None:
    with watching(shapes.address) as watch:
        watch.wait("caption", names="red circle")
        shapes.cut_after, shapes.cuts = 1, 1
        lost = watch.wait("lost")
        back = watch.wait("back")
        after = watch.wait("caption", "change")
    assert lost["code"] == "cut"
    assert lost["t"] < back["t"] <= after["t"]
    assert "blue square" in after["text"].split("No longer")[0]
