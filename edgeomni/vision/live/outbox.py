"""Where events wait for whoever describes what is seen: never many, since the newest counts.

Of a file that is read as fast as it can be, no look is left out: it is read no faster than that.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

from edgeomni.watch_events import Event, Look, Seen

_NEWEST = (Seen, Look)
"""Of these only the last one waits."""


_MOST = 8
"""Events that wait where every one counts."""


class Outbox:
    """One thread puts, one takes."""

    def __init__(self, *, every: bool = False) -> None:
        """With ``every`` nothing gives way to what is newer, and ``put`` waits."""
        self._every = every
        self._changed = threading.Condition()
        self._events: list[Event] = []
        self._closed = False
        self._error: BaseException | None = None

    def put(self, event: Event) -> None:
        """A look that nobody took gives way to the next one, but for when the change began."""
        with self._changed:
            if self._every:
                self._changed.wait_for(lambda: len(self._events) < _MOST or self._closed)
            elif isinstance(event, _NEWEST):
                event = self._in_place_of_older(event)
            self._events.append(event)
            self._changed.notify_all()

    def _in_place_of_older(self, event: Seen | Look) -> Event:
        older = [each for each in self._events if type(each) is type(event)]
        self._events = [each for each in self._events if type(each) is not type(event)]
        if older and isinstance(event, Look) and isinstance(older[0], Look):
            first = older[0].why if older[0].why == "first" else event.why
            return replace(event, why=first, since=min(older[0].since, event.since))
        return event

    def close(self, error: BaseException | None = None) -> None:
        """There will be no more; ``error`` is raised behind what is still here."""
        with self._changed:
            if not self._closed:
                self._closed, self._error = True, error
            self._changed.notify_all()

    def taken(self) -> Iterator[Event]:
        """Waits for each; ends once it is closed."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._events or self._closed)
                if not self._events:
                    if self._error:
                        raise self._error
                    return
                event = self._events.pop(0)
                self._changed.notify_all()
            yield event
