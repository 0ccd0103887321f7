"""When a combination of keys is held, by what goes down and up one by one. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from edgeomni.ports import KeyMove


class Chord:
    """Held from the last of its keys that goes down to the first that goes up."""

    def __init__(self, keys: Sequence[frozenset[str]]) -> None:
        """Of each key, the names by which it may be told: of left and right, one is enough."""
        self._keys = keys
        self._down = set[str]()
        self._held = False

    def down(self, name: str) -> KeyMove | None:
        """A key went down, or repeats because it is held."""
        self._down.add(name)
        return self._changed()

    def up(self, name: str) -> KeyMove | None:
        self._down.discard(name)
        return self._changed()

    def _changed(self) -> KeyMove | None:
        before, self._held = self._held, all(key & self._down for key in self._keys)
        if before == self._held:
            return None
        return "press" if self._held else "release"
