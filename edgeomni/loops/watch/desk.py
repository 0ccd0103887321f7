"""What waits to be done while something is watched, and what of it comes first."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from edgeomni.errors import EdgeomniError
from edgeomni.loops.watch.slot import Newest
from edgeomni.ports import Cancel
from edgeomni.watch_events import Back, Event, Look, Lost, Opened, Over, Picture, Seen

_QUESTIONS = 16
"""That may wait; nobody types faster than that."""
_BLIND = ("lost", "opening", "pausing", "paused")
"""States in which there is no picture of the present."""
_AWAKE = 0.5
"""Seconds: where waiting cannot be interrupted by Ctrl+C, as on Windows, it is at least short."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do; ``cancel`` is asked when something comes before it, or it is too late."""

    cancel: Cancel


@dataclass(frozen=True, slots=True)
class Question(Task):
    asked: str


@dataclass(frozen=True, slots=True)
class Describe(Task):
    look: Look
    came: float
    """When, by ``time.monotonic``."""


@dataclass(frozen=True, slots=True)
class Prepare(Task):
    """Have a picture ready for a question; one that comes meanwhile needs it, so it waits."""

    picture: Picture


@dataclass(frozen=True, slots=True)
class Calibrate(Task):
    """Before the first look: how fast the machine is."""


_CONVERSE: tuple[type[Task], ...] = (Question, Prepare)
"""Tasks that need the conversation for themselves."""


class Desk:
    """Shared by the thread of the sight, the one that does the work, and whoever wishes."""

    def __init__(self, *, calibrates: bool, patient: bool = False) -> None:
        """``patient``: whoever brings a look waits until the one before is described."""
        self._patient = patient
        self._changed = threading.Condition()
        self._questions = deque[str]()
        self._newest = Newest()
        self._came = 0.0
        self._calibrates = calibrates
        self._picture: Picture | None = None
        self._running: Task | None = None
        self._blind = self._paused = False
        self._over = self._ended = self._stopped = False
        self._held = False
        self._guests = 0
        """Who uses the conversation just now and is not the one that does the work."""
        self._error: EdgeomniError | None = None
        self.size = (0, 0)
        """Pixels of the source; 0 before it was opened."""
        self.at = 0.0
        """The time of the last event."""

    @property
    def error(self) -> EdgeomniError | None:
        """Why the sight ended."""
        return self._error

    @property
    def passed(self) -> int:
        """Looks that made room for a newer one before they were described."""
        return self._newest.passed

    @property
    def sees(self) -> bool:
        """Whether there may be a picture of the present."""
        with self._changed:
            return not (self._blind or self._paused or self._over)

    # ── what comes ───────────────────────────────────────────────────────────────────────────────

    def ask(self, asked: str) -> bool:
        """Whether there was room for the question."""
        with self._changed:
            if len(self._questions) >= _QUESTIONS:
                return False
            self._questions.append(asked)
            self._hurry()
            return True

    def take(self, event: Event) -> None:
        with self._changed:
            self.at = event.at
            match event:
                case Opened():
                    self.size = (event.width, event.height)
                    self._blind = False
                case Back():
                    self._blind = False
                case Look() if not self._paused:
                    self._blind = False
                    self._changed.wait_for(self._has_room)
                    self._newest.put(event)
                    self._came = time.monotonic()
                case Lost():
                    self._go_blind()
                case Seen() if event.state in _BLIND:
                    self._go_blind()
                case Seen():
                    self._blind = False
                case Over():
                    self._over = True
            self._changed.notify_all()

    def pause(self, *, on: bool) -> None:
        with self._changed:
            self._paused = on
            if on:
                self._go_blind()

    def hold(self, *, on: bool) -> None:
        """Leave the conversation to somebody else, who may change it, and take it again."""
        with self._changed:
            if on != self._held:
                self._held = on
                self._hurry()

    @contextmanager
    def conversation(self) -> Iterator[None]:
        """For somebody else, on another thread: waits for what needs it, which waits for them."""
        with self._changed:
            self._guests += 1
            if isinstance(self._running, Prepare):
                self._running.cancel.ask()
            self._changed.wait_for(
                lambda: self._stopped or not isinstance(self._running, _CONVERSE)
            )
        try:
            yield
        finally:
            with self._changed:
                self._guests -= 1
                self._hurry()

    def put_back(self, task: Describe) -> None:
        """It was interrupted; it is described later, unless a newer look is."""
        with self._changed:
            if not (self._blind or self._paused or self._stopped):
                if not self._newest:
                    self._came = task.came
                self._newest.put_back(task.look)

    def make_ready(self, picture: Picture) -> None:
        """The picture of a look, for questions."""
        with self._changed:
            if not (self._blind or self._paused):
                self._picture = picture

    def end(self, error: EdgeomniError | None = None) -> None:
        """Nothing more is seen."""
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            if self._running:
                self._running.cancel.ask()
            self._changed.notify_all()

    def _has_room(self) -> bool:
        busy = bool(self._newest) or isinstance(self._running, Describe)
        return self._stopped or not (self._patient and busy)

    def _go_blind(self) -> None:
        self._blind = True
        self._newest.clear()
        self._picture = None
        self._interrupt(Describe, Calibrate, Prepare)

    def _hurry(self) -> None:
        """Questions that can be answered go before looks."""
        if self._questions and not self._engaged:
            self._interrupt(Describe, Calibrate)
        self._changed.notify_all()

    @property
    def _engaged(self) -> bool:
        return self._held or self._guests > 0

    def _interrupt(self, *kinds: type[Task]) -> None:
        if isinstance(self._running, kinds):
            self._running.cancel.ask()
        self._changed.notify_all()

    # ── what is to be done ───────────────────────────────────────────────────────────────────────

    def next(self) -> Task | None:
        """What comes first, once there is something; None when all is over."""
        with self._changed:
            self._running = None
            self._changed.notify_all()
            while not self._stopped:
                if task := self._first():
                    self._running = task
                    return task
                if self._ended and not (self._questions and self._engaged):
                    break
                self._changed.wait(_AWAKE)
            return None

    def _first(self) -> Task | None:
        if self._questions and not self._engaged:
            return Question(Cancel(), self._questions.popleft())
        if self._calibrates and self.size != (0, 0) and not self._blind:
            self._calibrates = False
            return Calibrate(Cancel())
        if self._picture is not None and not self._engaged:
            picture, self._picture = self._picture, None
            return Prepare(Cancel(), picture)
        if look := self._newest.take():
            return Describe(Cancel(), look, self._came)
        return None
