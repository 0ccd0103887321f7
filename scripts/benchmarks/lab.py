"""What every measurement is given: the models, the peers, the number of rounds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ours import Subject
from benchmarks.peers import Shelf
from edgeomni.values import Image, Message, Role

_WORDS = tuple(
    "sea red sun man day way time year hand home side life word work house water".split()  # noqa: SIM905
)
STORY = "Write a long story about the sea and the people who live on its shore."


@dataclass(frozen=True)
class Lab:
    text: Subject
    """The language model alone."""
    seeing: Subject
    """The same model behind a vision encoder of realistic weight."""
    shelf: Shelf
    rounds: int
    scratch: Path
    """An empty directory that is gone afterwards."""
    drift_turns: int = 500


def says(role: Role, *parts: str | Image) -> Message:
    return Message(role, parts)


def words(count: int, seed: int = 0) -> str:
    """English words that nearly all tokenizers know as one token each."""
    chosen = random.Random(seed).choices(_WORDS, k=count)
    return " ".join(chosen)


def long_talk(tokens: int, seed: int = 0) -> list[Message]:
    """A system prompt and a question that differ from seed to seed at the very first word."""
    system = says("system", f"{words(4, seed)} {seed}. You answer in one sentence.")
    return [system, says("user", words(tokens, seed + 1000))]


def picture(seed: int, width: int = 640, height: int = 480) -> Image:
    return Image(random.Random(seed).randbytes(width * height * 3), width, height)


def looked_at(pictures: Sequence[Image]) -> list[Message]:
    """A history in which each picture was shown in a turn of its own."""
    history: list[Message] = []
    for number, shown in enumerate(pictures, 1):
        history.append(says("user", shown, f"This is picture {number}."))
        history.append(says("assistant", "I see it."))
    return history
