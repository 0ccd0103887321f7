"""A face that is told one thing after the other, whoever tells it."""

from __future__ import annotations

import threading

from edgeomni.errors import EdgeomniError
from edgeomni.loops.watch.told import Answered, Caption, Match, Pace, WatchFace
from edgeomni.values import EngineEvent
from edgeomni.watch_events import Event


class Orderly:
    """Implements ``WatchFace`` before another one."""

    def __init__(self, face: WatchFace) -> None:
        self._face = face
        self._lock = threading.RLock()  # what is told may lead to a wish, and that to an error

    def event(self, event: Event) -> None:
        with self._lock:
            self._face.event(event)

    def looking(self, at: float, why: str) -> None:
        with self._lock:
            self._face.looking(at, why)

    def words(self, event: EngineEvent) -> None:
        with self._lock:
            self._face.words(event)

    def caption(self, caption: Caption) -> None:
        with self._lock:
            self._face.caption(caption)

    def match(self, match: Match) -> None:
        with self._lock:
            self._face.match(match)

    def answering(self, asked: str) -> None:
        with self._lock:
            self._face.answering(asked)

    def answer(self, event: EngineEvent) -> None:
        with self._lock:
            self._face.answer(event)

    def answered(self, answered: Answered) -> None:
        with self._lock:
            self._face.answered(answered)

    def pace(self, pace: Pace) -> None:
        with self._lock:
            self._face.pace(pace)

    def failed(self, error: EdgeomniError) -> None:
        with self._lock:
            self._face.failed(error)
