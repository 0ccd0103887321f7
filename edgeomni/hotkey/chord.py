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
        self._renamed = False
        """A character that is down may be told as another one by now."""
        self._held = False

    def down(self, name: str) -> KeyMove | None:
        """A key went down, or repeats because it is held."""
        if name not in self._down:
            self._note(name)
        self._down.add(name)
        return self._changed()

    def up(self, name: str) -> KeyMove | None:
        """A key went up, maybe as another character than it went down.

        ``1`` repeats and goes up as ``!`` when shift was pressed meanwhile. Which of the characters
        it was is not told, so none is taken for held: rather too early a release than none.
        """
        if len(name) <= 1 and (self._renamed or name not in self._down):
            self._down -= self._characters()
            self._renamed = False
        self._down.discard(name)
        self._note(name)
        return self._changed()

    def _note(self, name: str) -> None:
        """What is no character may change them: shift, or an AltGr that has no name."""
        self._renamed |= len(name) != 1 and bool(self._characters())

    def _characters(self) -> set[str]:
        return {name for name in self._down if len(name) == 1}

    def _changed(self) -> KeyMove | None:
        before, self._held = self._held, all(key & self._down for key in self._keys)
        if before == self._held:
            return None
        return "press" if self._held else "release"
