"""A conversation that goes as it is written, and a face that remembers it."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from edgeomni.errors import EdgeomniError
from edgeomni.loops.answer import Answer
from edgeomni.loops.voice import Turn
from edgeomni.talk_events import Event
from edgeomni.values import EngineEvent, TextDelta

PATIENCE = 20.0
"""Seconds until a test that waits in vain gives up."""

Step = Event | EdgeomniError | Callable[[], object]


class ScriptedTalk:
    """Implements ``Talk``. A step is an event, an error to raise, or something to do."""

    def __init__(self, *steps: Step) -> None:
        self.steps: Sequence[Step] = steps
        self.wishes: list[str] = []
        """Everything that was wished for, in order."""
        self.foreseen: list[tuple[int, float | None]] = []
        """What was said of drafts."""
        self.closed = False
        self._finished: queue.Queue[None] = queue.Queue()
        self._said: queue.Queue[int] = queue.Queue()

    def events(self) -> Iterator[Event]:
        for step in self.steps:
            if isinstance(step, EdgeomniError):
                raise step
            if isinstance(step, Event):
                yield step
            else:
                step()

    def say(self, piece: int, text: str) -> None:
        self.wishes.append(f"{piece}: {text}")
        self._said.put(piece)

    def finish(self) -> None:
        self.wishes.append("finish")
        self._finished.put(None)

    def finished(self) -> None:
        """Wait until the whole answer was handed over."""
        self._finished.get(timeout=PATIENCE)

    def said(self) -> None:
        """Wait until the next piece was handed over."""
        self._said.get(timeout=PATIENCE)

    def foresee(self, pause: int, ends: float | None) -> None:
        self.foreseen.append((pause, ends))

    def accept(self) -> None:
        self.wishes.append("accept")

    def begin(self) -> None:
        self.wishes.append("begin")

    def hush(self) -> None:
        self.wishes.append("hush")

    def press(self) -> None:
        self.wishes.append("press")

    def release(self) -> None:
        self.wishes.append("release")

    def end(self) -> None:
        self.wishes.append("end")

    def close(self) -> None:
        self.closed = True


@dataclass
class Witness:
    """Implements ``Face``."""

    events: list[Event] = field(default_factory=list)
    told: list[EngineEvent] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    errors: list[EdgeomniError | None] = field(default_factory=list)

    def event(self, event: Event) -> None:
        self.events.append(event)

    def answer(self, event: EngineEvent) -> None:
        self.told.append(event)

    def asked(self, text: str) -> None:
        self.questions.append(text)

    def turn(self, turn: Turn) -> None:
        self.turns.append(turn)

    def failed(self, answer: Answer) -> None:
        self.errors.append(answer.error)

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.told if isinstance(event, TextDelta))
