"""Answers from nothing, in this process, and knows by how much each token was chosen.

Evaluating a prompt in other batches changes the last digits of the logits. Where two tokens are
as good as equal, that may change the choice; anything else that changes it is a fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.ours import Subject
from edgeomni.engine import llama
from edgeomni.engine.brain import Brain
from edgeomni.engine.config import EngineConfig
from edgeomni.engine.ladder import CPU
from edgeomni.faults import Faults
from edgeomni.values import Message, Options


@dataclass(frozen=True)
class Choice:
    """One token of a greedy answer."""

    token: int
    text: str
    gap: float
    """Logits between this token and the next best."""


class Referee:
    def __init__(self, brain: Brain) -> None:
        self._brain = brain

    def answer(self, messages: Sequence[Message], count: int) -> list[Choice]:
        """The greedy answer, with nothing left of any evaluation before."""
        brain = self._brain
        lane = brain.lanes["chat"]
        for message in messages:
            for media in message.media:
                brain.learn(media)
        items, _ = brain.prompt(messages, Options(max_tokens=count, temperature=0))
        lane.forget()
        lane.evaluate(items, lambda: False)
        chosen: list[Choice] = []
        while len(chosen) < count:
            choice = self._choose()
            if brain.model.ends(choice.token):
                break
            chosen.append(choice)
            lane.step(choice.token)
        brain.tokenizer.spoken.remember(text_of(chosen), [choice.token for choice in chosen])
        return chosen

    def _choose(self) -> Choice:
        logits = self._brain.context.logits()
        second, first = np.partition(logits, -2)[-2:]
        token = int(logits.argmax())
        text = self._brain.model.piece(token).decode(errors="replace")
        return Choice(token, text, float(first - second))


@contextmanager
def referee(subject: Subject) -> Iterator[Referee]:
    llama.start_backend()
    path: Path = subject.model
    config = EngineConfig(path, subject.mmproj, context=subject.context, device="cpu")
    brain = Brain(config, CPU, subject.threads, Faults())
    try:
        yield Referee(brain)
    finally:
        brain.close()


def text_of(choices: Sequence[Choice]) -> str:
    return "".join(choice.text for choice in choices)


def parting_gap(said: str, choices: Sequence[Choice]) -> float:
    """The gap of the token at which ``said`` leaves the referee's answer; 0.0 when it does not.

    An answer that merely stops earlier or later parts at the last token that both have.
    """
    agreed = ""
    for choice in choices:
        if not said.startswith(agreed + choice.text):
            return choice.gap
        agreed += choice.text
    return 0.0 if said == agreed else choices[-1].gap if choices else float("inf")
