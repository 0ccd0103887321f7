"""What was there before: a few pictures with their words, in memory, and questions about them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from edgeomni.values import Image, Part

_COMMAND = re.compile(r"/before\b\s*", re.IGNORECASE)
_WORDING = re.compile(
    r"\bwhat (?:was|were|happened|did|has happened|have)\b.*"
    r"\b(?:before|earlier|just now|a moment ago|(?:a|an|\w+) (?:seconds?|minutes?|while) ago|"
    r"in the last \w+(?: \w+)?|while i was)\b"
    r"|\bwhat (?:did i miss|just happened|has (?:just )?(?:changed|gone|happened)|"
    r"is (?:gone|missing|different|no longer there))\b"
    r"|\bwhat was (?:there|here) before\b",
    re.IGNORECASE,
)
_USUAL = "What was there before?"
_CHRONICLE = "Before now, this was seen, the oldest first:\n"
_NOW = "Now, this is seen:\n"


@dataclass(frozen=True, slots=True)
class KeyFrame:
    at: float
    """Seconds since the watch began."""
    image: Image
    caption: str


@dataclass(frozen=True, slots=True)
class Looking:
    """A question about the past, without what marks it as one."""

    question: str


def about_before(asked: str) -> Looking | None:
    """None where a question is about the present. ``/before`` asks of the past in any language."""
    if command := _COMMAND.match(asked):
        return Looking(asked[command.end() :].strip() or _USUAL)
    return Looking(asked) if _WORDING.search(asked) else None


class Memory:
    """The newest looks, bounded in number and in time. Nothing of it is written anywhere."""

    def __init__(self, frames: int = 16, minutes: float = 10.0) -> None:
        self._frames: deque[KeyFrame] = deque(maxlen=max(frames, 1))
        self._seconds = minutes * 60

    def add(self, frame: KeyFrame) -> None:
        """One of the same picture says it anew."""
        if self._frames and self._frames[-1].image is frame.image:
            self._frames.pop()
        self._frames.append(frame)

    def before(self, now: float, present: Image | None = None) -> list[KeyFrame]:
        """Those that are no older than is remembered, oldest first, but for the present one."""
        while self._frames and now - self._frames[0].at > self._seconds:
            self._frames.popleft()
        return [frame for frame in self._frames if frame.image is not present]

    def clear(self) -> None:
        self._frames.clear()


def chronicle(
    frames: Sequence[KeyFrame], now: float, *, shown: int, present: Sequence[Part], question: str
) -> list[Part]:
    """What a model is asked about the past; the newest ``shown`` frames with their pictures."""
    parts: list[Part] = [_CHRONICLE]
    first = len(frames) - shown
    for number, frame in enumerate(frames):
        line = f"{ago(now - frame.at)}: {frame.caption or 'not described'}"
        parts += [frame.image, f"{line}\n"] if number >= first else [f"{line}\n"]
    if present:
        parts += [_NOW, *present, "\n"]
    return [*parts, question]


def plainly(frames: Sequence[KeyFrame], question: str) -> list[Part]:
    """The same for a model that knows one picture: the one before, and a question about it."""
    return [frames[-1].image, _USUAL_OF_ONE if about_before(question) else question]


_USUAL_OF_ONE = "What is in the picture?"


def ago(seconds: float) -> str:
    """For people and models alike."""
    if seconds < 90:
        count, unit = round(seconds), "second"
    else:
        count, unit = round(seconds / 60), "minute"
    return f"{count} {unit}{'' if count == 1 else 's'} ago"
