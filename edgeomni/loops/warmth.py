"""Keeps the engine warm: what is surely about to be asked is evaluated while it is spoken."""

from __future__ import annotations

import threading
from collections.abc import Callable

from edgeomni.assistant import Assistant
from edgeomni.errors import EdgeomniError
from edgeomni.ports import Cancel
from edgeomni.values import Part


class Warmth:
    """One evaluation at a time, on a thread of its own; nobody waits for it but ``stop``."""

    def __init__(self, assistant: Assistant, show: Callable[[], list[Part]] = list) -> None:
        """``show`` gives what will stand before the words."""
        self._assistant = assistant
        self._show = show
        self._cancel = Cancel()
        self._thread: threading.Thread | None = None
        self._done: str | None = None
        """What the engine is at, or has."""

    def ahead(self, words: str) -> None:
        """Evaluate what the user said so far, unless the engine is at it or has it."""
        if words == self._done or (self._thread and self._thread.is_alive()):
            return
        self._done, self._cancel = words, Cancel()
        self._thread = threading.Thread(
            target=self._evaluate, args=(words, self._cancel), name="warmth", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Returns when the engine is free."""
        self._cancel.ask()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()
            self._done = None  # what comes now, or what was cancelled, is not what it had

    def _evaluate(self, words: str, cancel: Cancel) -> None:
        try:
            self._assistant.prepare([*self._show(), words], cancel)
        except EdgeomniError:
            self._done = None  # an answer will meet the same, and say so
