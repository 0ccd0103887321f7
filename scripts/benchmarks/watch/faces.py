"""Faces that measure a watch instead of showing it."""

from __future__ import annotations

import time

from edgeomni.loops.watch.told import Caption
from edgeomni.values import EngineEvent, TextDelta
from edgeomni.watch_events import Event
from tests.loops.watch.doubles import RememberingFace


class StopWatch(RememberingFace):
    """Knows when what was told, by ``time.perf_counter``. Pictures are not kept."""

    def __init__(self) -> None:
        super().__init__()
        self.first_word = 0.0
        """Of the last answer."""
        self.began: list[float] = []
        """Looks."""
        self.ended: list[float] = []

    def event(self, event: Event) -> None:
        """Not kept."""

    def looking(self, at: float, why: str) -> None:
        self.began.append(time.perf_counter())
        super().looking(at, why)

    def words(self, event: EngineEvent) -> None:
        """Not kept."""

    def caption(self, caption: Caption) -> None:
        self.ended.append(time.perf_counter())
        self._tell("caption")

    def answering(self, asked: str) -> None:
        self.first_word = 0.0
        super().answering(asked)

    def answer(self, event: EngineEvent) -> None:
        if isinstance(event, TextDelta) and not self.first_word:
            self.first_word = time.perf_counter()
