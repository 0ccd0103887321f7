"""Which sounds of a conversation are saved, and when that is known."""

from __future__ import annotations

from collections.abc import Callable

from edgeomni import talk_events as events
from edgeomni.speech.devices.sound_io import Samples
from edgeomni.speech.dialogue.archive import Archive


class Saving:
    """Nothing is, without an archive."""

    def __init__(
        self, archive: Archive | None, emit: Callable[[events.Event], None], *, named: bool
    ) -> None:
        """``named``: what is said is meant for us only if the parent says so."""
        self._archive, self._emit, self._named = archive, emit, named
        self._number = 0
        self._question: Samples | None = None

    @property
    def is_on(self) -> bool:
        return self._archive is not None

    def asked(self, number: int, sound: Samples | None) -> None:
        """Somebody has said something up to the pause of that number, perhaps to others."""
        self._number, self._question = number, sound
        if not self._named:
            self.meant(number)

    def meant(self, number: int) -> None:
        """It was said to us, whether or not it will be answered."""
        if number != self._number:
            return
        sound, self._question = self._question, None
        if self._archive and sound is not None and (name := self._archive.heard(sound)):
            self._emit(events.Saved("you", name))

    def forget(self) -> None:
        """It was not."""
        self._question = None

    def answered(self, sound: Callable[[], Samples]) -> None:
        """An answer is over, of which so much was heard."""
        if self._archive and (name := self._archive.spoken(sound())):
            self._emit(events.Saved("edgeomni", name))
