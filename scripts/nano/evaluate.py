"""Measure an mmproj through the product's own engine."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from edgeomni.engine.client import LlamaEngine
from edgeomni.engine.config import EngineConfig
from edgeomni.values import Image, Message, Options, TextDelta
from nano import exam
from nano.drawing import Brush, Pixels
from nano.exam import Paper
from nano.questions import Question

_OPTIONS = Options(max_tokens=40, temperature=0)
Answer = Callable[[Pixels | None, str, str], str]
"""Picture or none, question, system prompt."""


@dataclass
class Tally:
    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)

    def note(self, ok: bool, *groups: str) -> None:
        for group in groups:
            self.asked[group] += 1
            self.right[group] += ok

    def lines(self) -> Iterator[str]:
        for group in sorted(self.asked):
            right, asked = self.right[group], self.asked[group]
            yield f"{group:44} {right:4}/{asked:<4} {100 * right / asked:5.1f} %"


@contextmanager
def answering(model: Path, mmproj: Path, threads: int) -> Iterator[Answer]:
    with tempfile.TemporaryDirectory() as folder:
        config = EngineConfig(model, mmproj, threads=threads, device="cpu", context=1024)
        engine = LlamaEngine(config, Path(folder) / "engine.log")
        try:
            yield lambda pixels, text, system: _ask(engine, pixels, text, system)
        finally:
            engine.close()


def _ask(engine: LlamaEngine, pixels: Pixels | None, text: str, system: str) -> str:
    parts = (text,) if pixels is None else (_image(pixels), text)
    messages = [Message("user", parts)]
    if system:
        messages.insert(0, Message("system", (system,)))
    events = engine.stream(messages, _OPTIONS)
    return "".join(event.text for event in events if isinstance(event, TextDelta)).strip()


def _image(pixels: Pixels) -> Image:
    return Image(pixels.tobytes(), pixels.shape[1], pixels.shape[0])


def scenes(answer: Answer, brush: Brush, count: int) -> Tally:
    """The exam proper."""
    tally = Tally()
    for index in range(count):
        paper = exam.paper(brush, index)
        for question in paper.asked:
            said = answer(paper.pixels, question.text, paper.system)
            ok = exam.right(question, said)
            tally.note(ok, *_groups(paper, question))
            if question.kind == "describe" and paper.facts.kind in ("shape", "sprite", "count"):
                for part, fine in exam.parts_right(paper.facts, said).items():
                    tally.note(fine, f"description, {part}, {paper.facts.kind}")
    return tally


def _groups(paper: Paper, question: Question) -> list[str]:
    kind = paper.facts.kind
    words = "new wordings" if paper.new_words else "wordings of training"
    groups = ["all", f"{question.kind}", f"{question.kind}, {kind}", f"words: {words}"]
    groups.append(f"system: {paper.system or '(none given)'}"[:44])
    if question.kind == "yesno":
        groups.append(f"yesno, truth {question.keys[0]}")
    return groups


def blind(answer: Answer, brush: Brush, count: int) -> Tally:
    """The same questions without a picture, and with a grey one."""
    tally = Tally()
    grey = np.full((384, 512, 3), 128, np.uint8)
    for index in range(count):
        paper = exam.paper(brush, index)
        for question in paper.asked:
            for name, pixels in (("no picture", None), ("grey picture", grey)):
                said = answer(pixels, question.text, paper.system)
                ok = exam.right(question, said)
                tally.note(ok, f"{name}: all", f"{name}: {question.kind}")
    return tally


def transformed(answer: Answer, brush: Brush, count: int) -> Tally:
    """``followed``: right before and after, where the truth changes."""
    tally = Tally()
    for index in range(count):
        paper = exam.paper(brush, index)
        for name, (pixels_of, facts_of) in exam.TRANSFORMS.items():
            facts = facts_of(paper.facts)
            if facts is None:
                continue
            before, after = exam.describe(paper.facts), exam.describe(facts)
            first = exam.right(before, answer(paper.pixels, before.text, ""))
            said = answer(pixels_of(paper.pixels), after.text, "")
            tally.note(exam.right(after, said), f"{name}: right")
            if first:
                tally.note(exam.right(after, said), f"{name}: right, where right before")
                tally.note(
                    exam.right(before, said), f"{name}: answer unchanged, where right before"
                )
    return tally


def photographs(answer: Answer) -> list[tuple[str, str]]:
    """What it says to pictures of the world; from the wheels of scikit-image and scikit-learn."""
    from skimage import data
    from sklearn.datasets import load_sample_images

    names = ("astronaut", "cat", "coffee", "rocket", "camera", "coins", "page", "moon")
    found = [(name, getattr(data, name)()) for name in names]
    found += zip(("china", "flower"), load_sample_images().images, strict=True)
    said = []
    for name, pixels in found:
        rgb = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, 2)
        said.append((name, answer(np.ascontiguousarray(rgb[..., :3]), "What is this?", "")))
    return said


EXAMS = {"scenes": scenes, "blind": blind, "transformed": transformed}
