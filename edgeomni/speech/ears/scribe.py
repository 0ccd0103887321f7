"""Understands what was said on a thread of its own, one thing after the other."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from edgeomni.errors import EdgeomniError, EngineError
from edgeomni.speech.devices.sound_io import Samples


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
    took: float = field(default=0.0, compare=False)
    """Seconds of work."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The work could not be done."""

    error: EdgeomniError
    pause: int | None = None
    """The one whose transcript there will not be; None for work that nobody waits for."""


Note: TypeAlias = Sketched | Judged | Written | Failed


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[Understanding], Note | None]
    pause: int | None = None
    awaited: bool = False
    """Somebody waits for its result, or for its failure."""


class Scribe:
    """One thread; sketches make way for what is more urgent."""

    def __init__(self, make: Callable[[], Understanding], tell: Callable[[Note], None]) -> None:
        """``make`` loads the models, on the thread; ``tell`` is called on it as well."""
        self._make = make
        self._tell = tell
        self._jobs: deque[_Job] = deque()
        self._sketch: _Job | None = None
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
        with self._changed:
            self._sketch = _Job(lambda mind: Sketched(turn, mind.sketch(sound)))
            self._changed.notify()

    def write(self, pause: int, sound: Samples) -> None:
        """Ask for the transcript of a turn; a sketch is of no use then."""

        def work(mind: Understanding) -> Note:
            began = time.perf_counter()
            text = mind.write(sound)
            return Written(pause, text, time.perf_counter() - began)

        self._put(_Job(work, pause, awaited=True))

    def judge(self, pause: int, sound: Samples) -> None:
        """Ask whether a turn is over."""

        def work(mind: Understanding) -> Note | None:
            complete = mind.complete(sound)
            return None if complete is None else Judged(pause, complete)

        self._put(_Job(work, pause))

    def forget(self, pause: int) -> None:
        """Nobody wants to know about that pause any more: what waits for it is not begun."""
        with self._changed:
            self._jobs = deque(job for job in self._jobs if job.pause != pause)

    def close(self) -> None:
        """What is being worked on is let to its end; nobody hears of it."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _put(self, job: _Job) -> None:
        with self._changed:
            self._sketch = None
            self._jobs.append(job)
            self._changed.notify()

    def _next(self) -> _Job | None:
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
            awaited = job.pause if job.awaited else None
            try:
                mind = mind or self._make()
                told = job.work(mind)
            except EdgeomniError as error:
                told = Failed(error, awaited)
            except Exception as error:  # of native libraries; the conversation goes on
                happened = f"What was said could not be understood: {error}."
                told = Failed(EngineError(happened[:300]), awaited)
            if told is not None and not self._closed:
                self._tell(told)
