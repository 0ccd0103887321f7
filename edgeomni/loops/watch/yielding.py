"""One engine for those who wait and for what can wait: whoever asks goes before whoever watches."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from edgeomni.ports import Cancel, Engine
from edgeomni.values import Abilities, EngineEvent, Lane, Message, Options, Receipt

_LOOK, _AHEAD, _ANSWER = range(3)
"""Ranks: what is watched, what is evaluated ahead of a question, and what somebody waits for."""


class YieldingEngine:
    """Implements ``Engine`` for several threads: a call waits for the one before it.

    One of a higher rank does not wait for its end: it asks the running one to end, which is then
    cancelled as by its own ``Cancel``. Answers in the lane ``chat`` come before what is evaluated
    ahead there, and that before all in the lane ``watch``.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = threading.Condition()
        self._running: tuple[int, Cancel] | None = None
        self._waiting: list[int] = []
        self._owner: int | None = None
        """The thread whose call is running."""

    def stream(
        self,
        messages: Sequence[Message],
        options: Options,
        *,
        lane: Lane = "chat",
        cancel: Cancel | None = None,
    ) -> Iterator[EngineEvent]:
        with self._at_turn(_ANSWER if lane == "chat" else _LOOK, cancel) as mine:
            yield from self._engine.stream(messages, options, lane=lane, cancel=mine)

    def prefill(
        self, messages: Sequence[Message], *, lane: Lane = "chat", cancel: Cancel | None = None
    ) -> Receipt:
        with self._at_turn(_AHEAD if lane == "chat" else _LOOK, cancel) as mine:
            return self._engine.prefill(messages, lane=lane, cancel=mine)

    def ending(
        self, messages: Sequence[Message], *, lane: Lane = "chat", cancel: Cancel | None = None
    ) -> float | None:
        with self._at_turn(_ANSWER, cancel) as mine:
            return self._engine.ending(messages, lane=lane, cancel=mine)

    def save(self, lane: Lane, path: Path) -> None:
        with self._at_turn(_ANSWER, None):
            self._engine.save(lane, path)

    def restore(self, lane: Lane, path: Path) -> int:
        with self._at_turn(_ANSWER, None):
            return self._engine.restore(lane, path)

    def abilities(self) -> Abilities:
        """Whoever has the turn may ask in the middle of it, as faces do with the first word."""
        if self._owner == threading.get_ident():
            return self._engine.abilities()
        with self._at_turn(_ANSWER, None):
            return self._engine.abilities()

    def media_tokens(self, sizes: Sequence[tuple[int, int]]) -> list[int] | None:
        with self._at_turn(_ANSWER, None):
            return self._engine.media_tokens(sizes)

    def close(self) -> None:
        self._engine.close()

    @contextmanager
    def _at_turn(self, rank: int, cancel: Cancel | None) -> Iterator[Cancel]:
        mine = cancel or Cancel()
        with self._turn:
            self._waiting.append(rank)
            if self._running and self._running[0] < rank:
                self._running[1].ask()
            self._turn.wait_for(lambda: self._running is None and rank == max(self._waiting))
            self._waiting.remove(rank)
            self._running, self._owner = (rank, mine), threading.get_ident()
        try:
            yield mine
        finally:
            with self._turn:
                self._running = self._owner = None
                self._turn.notify_all()
