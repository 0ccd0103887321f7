"""What is seen, read aloud: what is new is said now, and nothing waits for its turn."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from edgeomni.errors import EdgeomniError
from edgeomni.ports import Cancel
from edgeomni.values import Segment


class Reader(Protocol):
    """Who reads: as much of a ``Mouth`` as is needed for that."""

    def warm(self, voice: str = "") -> None: ...

    def play(
        self, text: str, *, voice: str = "", rate: float = 1.0, cancel: Cancel | None = None
    ) -> Iterator[Segment]: ...


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    urgent: bool
    cancel: Cancel = field(default_factory=Cancel)


class Aloud:
    """Reads on a thread of its own. A newer text cuts an older one.

    But what is urgent, as an answer that was asked for, is cut only by what is so too.
    """

    def __init__(
        self,
        make_mouth: Callable[[], Reader],
        tell: Callable[[str], None],
        *,
        voice: str = "",
        rate: float = 1.0,
    ) -> None:
        """``make_mouth`` and its mouth are used on that thread alone; ``tell`` takes a line."""
        self._make_mouth, self._tell = make_mouth, tell
        self._voice, self._rate = voice, rate
        self._change = threading.Condition()
        self._next: _Said | None = None
        self._now: _Said | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="aloud", daemon=True)
        self._thread.start()

    def say(self, text: str, *, urgent: bool = False) -> None:
        """From any thread; never waits."""
        with self._change:
            before = self._next or self._now
            if self._closed or not text.strip() or (before and before.urgent and not urgent):
                return
            if self._now:
                self._now.cancel.ask()
            self._next = _Said(text, urgent)
            self._change.notify_all()

    def hush(self) -> None:
        """Fall silent at once. Safe to call from a signal handler, and from any thread."""
        self._next = None
        if now := self._now:
            now.cancel.ask()

    def finish(self) -> None:
        """Wait until all was heard."""
        with self._change:
            self._change.wait_for(lambda: self._closed or not (self._now or self._next))

    def close(self) -> None:
        """Silent from here on."""
        with self._change:
            self._closed, self._next = True, None
            if self._now:
                self._now.cancel.ask()
            self._change.notify_all()
        self._thread.join()

    def _run(self) -> None:
        try:
            mouth = self._make_mouth()
            mouth.warm(self._voice)
            while said := self._taken():
                for _ in mouth.play(
                    said.text, voice=self._voice, rate=self._rate, cancel=said.cancel
                ):
                    pass
        except EdgeomniError as error:
            with self._change:
                silenced, self._closed = self._closed, True
                self._now = self._next = None
                self._change.notify_all()
            if not silenced:
                parts = error.happened, "From here on nothing is read aloud.", error.remedy
                self._tell(" ".join(filter(None, parts)))

    def _taken(self) -> _Said | None:
        """What is to be said next; None once it is over."""
        with self._change:
            self._now = None
            self._change.notify_all()
            self._change.wait_for(lambda: self._next or self._closed)
            self._now, self._next = self._next, None
            return self._now
