"""Whether the microphone hears the loudspeaker, as far as that is known. Pure."""

from __future__ import annotations

from edgeomni.speech.dialogue.manners import Manners


class SelfHearing:
    """Taken for possible until answers were not heard for long enough: headphones."""

    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        self._unheard = 0.0

    @property
    def is_possible(self) -> bool:
        """It does, or nothing is known yet."""
        return not self._manners.cancels_echo and self._unheard < self._manners.unheard

    def silent(self, seconds: float) -> None:
        """So much of an answer was played, and not heard."""
        self._unheard += seconds

    def heard(self) -> None:
        """It does, and that will not be forgotten."""
        self._unheard = float("-inf")
