"""What is read aloud while somebody may speak: by the voice of the talk, on its loudspeaker."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from edgeomni.loops.asides import Asides
from edgeomni.ports import Cancel, Mouth
from edgeomni.values import Segment


class SharedVoice:
    """Implements ``Reader``: waits until nobody speaks or is answered; a person may speak over it.

    Which voice that is, and how fast, was chosen with the talk.
    """

    def __init__(self, asides: Asides, otherwise: Callable[[], Mouth | None]) -> None:
        """``otherwise`` gives what reads once the talk is over; None for nothing."""
        self._asides, self._otherwise = asides, otherwise

    def warm(self, voice: str = "") -> None:
        return None

    def play(
        self, text: str, *, voice: str = "", rate: float = 1.0, cancel: Cancel | None = None
    ) -> Iterator[Segment]:
        """One that is cancelled goes on until something takes its place, or it is hushed."""
        wish = cancel or Cancel()
        if self._asides.speak(text, wish) or wish.asked:
            return
        if mouth := self._otherwise():
            yield from mouth.play(text, voice=voice, rate=rate, cancel=wish)
