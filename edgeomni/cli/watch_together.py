"""One watch has several that see it: who shows it, who acts on it, and who knows when to end."""

from __future__ import annotations

from collections.abc import Callable

from edgeomni.cli.watch_clock import Clock
from edgeomni.cli.watch_faces import Face
from edgeomni.errors import EdgeomniError
from edgeomni.loops.watch.orderly import Orderly
from edgeomni.loops.watch.told import Caption, Match
from edgeomni.watch_events import Event, Opened, Seen


class Together(Orderly):
    """Passes everything on, one thing at a time whichever thread tells it."""

    def __init__(self, clock: Clock, face: Face) -> None:
        """``face`` is the one that is on the screen."""
        super().__init__(face)
        self._clock, self._face = clock, face

    def event(self, event: Event) -> None:
        with self._lock:
            if isinstance(event, Opened | Seen):
                self._clock.set(event.at)
            super().event(event)

    # ── from other threads ───────────────────────────────────────────────────────────────────────

    def notice(self, text: str) -> None:
        with self._lock:
            self._face.notice(text)

    def typing(self, text: str | None) -> None:
        with self._lock:
            self._face.typing(text)

    def hearing(self, state: str, words: str) -> None:
        with self._lock:
            self._face.hearing(state, words)


class Ending(Face):
    """Ends a watch by itself, where that was asked for."""

    def __init__(
        self, face: Face, stop: Callable[[], None], *, once: bool, waits: bool, until: float | None
    ) -> None:
        """``stop`` never waits; ``waits`` for a match. ``until`` is a time within a film."""
        super().__init__(face.screen)
        self._stop, self._once, self._waits, self._until = stop, once, waits, until

    def event(self, event: Event) -> None:
        if self._until is not None and event.at >= self._until:
            self._stop()

    def caption(self, caption: Caption) -> None:
        if self._once and not self._waits:
            self._stop()

    def match(self, match: Match) -> None:
        if self._once:
            self._stop()

    def failed(self, error: EdgeomniError) -> None:
        if self._once and not self._waits:
            self._stop()
