"""Faces that are told one thing after the other, whoever tells it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from edgeomni.errors import EdgeomniError
from edgeomni.loops.watch.told import Answered, Caption, Match, Pace, WatchFace
from edgeomni.values import EngineEvent
from edgeomni.watch_events import Event


class Orderly:
    """Implements ``WatchFace`` before others, who are told in their order."""

    def __init__(self, *faces: WatchFace) -> None:
        self._faces = list(faces)
        self._lock = threading.RLock()  # what is told may lead to a wish, and that to an error

    def join(self, faces: Sequence[WatchFace]) -> None:
        """These see it from now on, too."""
        self._faces += faces

    def event(self, event: Event) -> None:
        self._each(lambda face: face.event(event))

    def looking(self, at: float, why: str) -> None:
        self._each(lambda face: face.looking(at, why))

    def words(self, event: EngineEvent) -> None:
        self._each(lambda face: face.words(event))

    def caption(self, caption: Caption) -> None:
        self._each(lambda face: face.caption(caption))

    def match(self, match: Match) -> None:
        self._each(lambda face: face.match(match))

    def answering(self, asked: str) -> None:
        self._each(lambda face: face.answering(asked))

    def answer(self, event: EngineEvent) -> None:
        self._each(lambda face: face.answer(event))

    def answered(self, answered: Answered) -> None:
        self._each(lambda face: face.answered(answered))

    def pace(self, pace: Pace) -> None:
        self._each(lambda face: face.pace(pace))

    def failed(self, error: EdgeomniError) -> None:
        self._each(lambda face: face.failed(error))

    def _each(self, tell: Callable[[WatchFace], None]) -> None:
        with self._lock:
            for face in self._faces:
                tell(face)
