"""E4: a long, unruly conversation answers from the cache exactly what it answers without one."""

from __future__ import annotations

import random
from collections.abc import Sequence

from benchmarks import ours
from benchmarks.lab import Lab, picture, says, words
from benchmarks.ours import Subject
from benchmarks.referee import parting_gap, referee, text_of
from benchmarks.samples import Bar, Guard, Result, Samples
from edgeomni.ports import Cancel, Engine
from edgeomni.values import Finished, Message, TextDelta
from tests.tiny.build import build

TURNS = 50
ANSWER = 16
"""Tokens."""
MODELS = ("gemma3", "qwen25vl", "minicpmv26", "smolvlm", "lfm2vl")
"""A sliding window, positions in three dimensions, slices, tiles, a hybrid memory."""
TIE = 0.1
"""Logits. Other batches moved the logits of the tiny models by up to 0.05, each way."""
TIE_QUANTISED = 1.0
"""Logits. And those of SmolLM2 in Q4_1, whose activations are rounded to 8 bits, by up to 0.5."""


def cached_and_cold(lab: Lab) -> list[Result]:
    """Turns that end the same on both sides, of ``TURNS``, for each kind of memory."""
    results = [_walk("the model itself", lab.text, lab, TIE_QUANTISED, pictures=False)]
    for name in MODELS:
        made = build(name, lab.scratch)
        subject = Subject(made.model, made.mmproj)
        results.append(_walk(f"tiny {name}", subject, lab, TIE, pictures=True))
    return results


def _walk(title: str, subject: Subject, lab: Lab, tie: float, *, pictures: bool) -> Result:
    same, cached, ties = 0, 0, list[float]()
    with ours.engine(subject, lab.scratch) as engine, referee(subject) as cold:
        walk = Walk(engine, pictures=pictures)
        for _ in range(TURNS):
            walk.wander()
            said = ours.answer(engine, walk.messages, ANSWER)
            expected = cold.answer(walk.messages, ANSWER)
            cached += said.receipt.cached_tokens > said.receipt.prompt_tokens // 4
            if said.text == text_of(expected):
                same += 1
                walk.answered(said.text)
                continue
            ties.append(parting_gap(said.text, expected))
            walk.answered("Let us go on.")  # tokens that no side chose
    even = f"{len(ties)} parted where two tokens are within {max(ties, default=0):.2g} logits"
    return Result(
        "E4",
        f"{TURNS} turns with edits, repeats and interruptions, {title}",
        Samples((same + sum(gap <= tie for gap in ties),), "turns"),
        Bar("at least", TURNS, "turns"),
        "the same engine, cold",
        guards=(
            Guard(even, all(gap <= tie for gap in ties)),
            Guard(f"cached for the most part in {cached} turns", cached >= TURNS // 2),
        ),
    )


class Walk:
    """A user who asks, asks again, changes old questions and interrupts; the same every time."""

    def __init__(self, engine: Engine, *, pictures: bool) -> None:
        self.messages: list[Message] = []
        self._engine = engine
        self._pictures = pictures
        self._random = random.Random(4)
        self._asked = 0

    def wander(self) -> None:
        """Make a conversation that ends with a question."""
        acts = [self._ask, self._ask, self._repeat, self._edit, self._interrupt]
        act = self._random.choice(acts) if len(self.messages) > 1 else self._ask
        act()
        if len(self.messages) > 24:
            del self.messages[:-5]

    def answered(self, text: str) -> None:
        self.messages.append(says("assistant", text or "."))

    def _ask(self) -> None:
        self._asked += 1
        question = f"Question {self._asked}: {words(self._random.randint(2, 12), self._asked)}?"
        if self._pictures and self._random.random() < 0.4:
            shown = picture(self._random.randint(0, 5), 80, 60)
            self.messages.append(says("user", shown, question))
        else:
            self.messages.append(says("user", question))

    def _repeat(self) -> None:
        del self.messages[-1:]

    def _edit(self) -> None:
        questions = [i for i, message in enumerate(self.messages) if message.role == "user"]
        chosen = self._random.choice(questions[-3:])
        del self.messages[chosen:]
        self._ask()

    def _interrupt(self) -> None:
        """Cancel an answer; of what was said, some was heard."""
        self._ask()
        heard = interrupted(self._engine, self.messages, after=self._random.randint(1, 8))
        self.answered(heard[: max(1, len(heard) * 2 // 3)])
        self._ask()


def interrupted(engine: Engine, messages: Sequence[Message], *, after: int) -> str:
    """What an answer had said when it was cancelled, at its ``after``-th piece of text."""
    cancel, text, pieces = Cancel(), "", 0
    for event in engine.stream(messages, ours.greedy(4 * ANSWER), cancel=cancel):
        if isinstance(event, TextDelta) and pieces < after:
            text, pieces = text + event.text, pieces + 1
            if pieces == after:
                cancel.ask()
        elif isinstance(event, Finished):
            break
    return text
