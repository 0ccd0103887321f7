"""The one place where a look waits: a newer one takes it, and what it began with stays."""

from __future__ import annotations

from dataclasses import replace

from edgeomni.watch_events import Look


class Newest:
    """For one thread at a time: whoever shares it holds a lock."""

    def __init__(self) -> None:
        self._look: Look | None = None
        self.passed = 0
        """Looks that made room for a newer one before they were described."""

    def __bool__(self) -> bool:
        return self._look is not None

    def put(self, look: Look) -> None:
        if self._look is not None:
            self.passed += 1
            look = _joined(self._look, look)
        self._look = look

    def put_back(self, look: Look) -> None:
        """One that was taken and not described: it goes behind a newer one."""
        if self._look is None:
            self._look = look
        else:
            self.passed += 1
            self._look = _joined(look, self._look)

    def take(self) -> Look | None:
        look, self._look = self._look, None
        return look

    def clear(self) -> None:
        self._look = None


def _joined(old: Look, new: Look) -> Look:
    """What changed first, and most, is what the change began with."""
    first = old.why == "first"
    why = old.why if first or new.why == "interval" else new.why
    return replace(new, why=why, since=min(old.since, new.since), score=max(old.score, new.score))
