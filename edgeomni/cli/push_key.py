"""When the key to talk is down: told by the terminal, or guessed from its repeats. Pure.

Few terminals say when a key is released (kitty's keyboard protocol does). The others repeat a key
that is held, so that the end of the repeats is its release; and one that was only tapped is down
until it is tapped again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edgeomni.ports import KeyMove

FIRST_REPEAT = 0.75
"""Seconds until the first repeat of a held key, at most: systems wait 0.2 to 0.66 s."""
NEXT_REPEAT = 0.18
"""Seconds between further repeats, at most: systems make 10 to 40 a second."""


@dataclass(slots=True)
class ToldKey:
    """The terminal tells of releases."""

    _down: bool = False

    def down(self, at: float) -> KeyMove | None:
        """The key went down, or repeats."""
        if self._down:
            return None
        self._down = True
        return "press"

    def up(self, at: float) -> KeyMove | None:
        """The key was released."""
        self._down = False
        return "release"

    def wait(self, at: float) -> float | None:
        """Seconds after which to look again, though nothing was typed; None for never."""
        return None

    def look(self, at: float) -> KeyMove | None:
        """What the passing of time says."""
        return None


@dataclass(slots=True)
class GuessedKey:
    """The terminal tells only that the key came, and comes again."""

    _last: float = -1.0
    _state: Literal["up", "new", "held", "latched"] = "up"

    def down(self, at: float) -> KeyMove | None:
        """The key came."""
        since, self._last = at - self._last, at
        match self._state:
            case "up":
                self._state = "new"
                return "press"
            case "new" if since <= FIRST_REPEAT:
                self._state = "held"
                return None
            case "held":
                return None
        self._state = "up"
        return "release"

    def up(self, at: float) -> KeyMove | None:
        """Never told here."""
        return None

    def wait(self, at: float) -> float | None:
        """Seconds after which to look again, though nothing was typed; None for never."""
        if self._state == "new":
            return max(0.0, self._last + FIRST_REPEAT - at)
        if self._state == "held":
            return max(0.0, self._last + NEXT_REPEAT - at)
        return None

    def look(self, at: float) -> KeyMove | None:
        """What the passing of time says: repeats that end are a release."""
        since = at - self._last
        if self._state == "new" and since >= FIRST_REPEAT:
            self._state = "latched"  # tapped, not held: the next tap ends it
        elif self._state == "held" and since >= NEXT_REPEAT:
            self._state = "up"
            return "release"
        return None


PushKey = ToldKey | GuessedKey
