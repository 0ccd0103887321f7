"""Understands what was said on a thread of its own, one thing after the other."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from edgeomni.errors import EdgeomniError, EngineError
from edgeomni.speech.sound_io import Samples


class Understanding(Protocol):
    """What a scribe can do with sound at 16 kHz."""

    def sketch(self, turn: Samples) -> str:
        """Cheaply, what was said so far."""
        ...

    def write(self, turn: Samples) -> str:
        """As well as can be, what was said."""
        ...

    def complete(self, turn: Samples) -> float | None:
        """The probability that the speaker is done; None where no detector is at hand."""
        ...


@dataclass(frozen=True, slots=True)
class Sketched:
    """A partial transcript."""

    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether the speaker has come to an end."""

    pause: int
    complete: float


@dataclass(frozen=True, slots=True)
class Written:
    """The transcript of a turn up to a pause."""

    pause: int
    text: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The work could not be done."""

    error: EdgeomniError


Note: TypeAlias = Sketched | Judged | Written | Failed


class Scribe:
    """One thread; sketches make way for what is more urgent."""

    def __init__(self, make: Callable[[], Understanding], tell: Callable[[Note], None]) -> None:
        """``make`` loads the models, on the thread; ``tell`` is called on it as well."""
        self._make = make
        self._tell = tell
        self._jobs: deque[Callable[[Understanding], Note | None]] = deque()
        self._sketch: Callable[[Understanding], Note | None] | None = None
        self._changed = threading.Condition()
        self._busy = False
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="scribe", daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        """Nothing is being understood, and nothing waits to be."""
        with self._changed:
            return not (self._busy or self._jobs or self._sketch)

    def sketch(self, turn: int, sound: Samples) -> None:
        """Ask for a partial transcript; one that still waits is forgotten for it."""
        self._put(sketch=lambda mind: Sketched(turn, mind.sketch(sound)))

    def write(self, pause: int, sound: Samples) -> None:
        """Ask for the transcript of a turn; a sketch is of no use then."""
        self._put(lambda mind: Written(pause, mind.write(sound)))

    def judge(self, pause: int, sound: Samples) -> None:
        """Ask whether a turn is over."""

        def job(mind: Understanding) -> Note | None:
            complete = mind.complete(sound)
            return None if complete is None else Judged(pause, complete)

        self._put(job)

    def close(self) -> None:
        """What is being worked on is let to its end; nobody hears of it."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _put(
        self,
        *jobs: Callable[[Understanding], Note | None],
        sketch: Callable[[Understanding], Note | None] | None = None,
    ) -> None:
        with self._changed:
            self._sketch = sketch
            self._jobs.extend(jobs)
            self._changed.notify()

    def _next(self) -> Callable[[Understanding], Note | None] | None:
        with self._changed:
            self._busy = False
            self._changed.wait_for(lambda: self._closed or self._jobs or self._sketch)
            if self._closed:
                return None
            self._busy = True
            if self._jobs:
                return self._jobs.popleft()
            job, self._sketch = self._sketch, None
            return job

    def _work(self) -> None:
        mind: Understanding | None = None
        while job := self._next():
            try:
                mind = mind or self._make()
                told = job(mind)
            except EdgeomniError as error:
                told = Failed(error)
            except Exception as error:  # of native libraries; the conversation goes on
                told = Failed(EngineError(f"What was said could not be understood: {error}."))
            if told is not None and not self._closed:
                self._tell(told)
