"""The answer that is being given, from the end of its question until it was heard or stopped."""

from __future__ import annotations

from collections.abc import Callable

from edgeomni import talk_events as events
from edgeomni.speech.devices.sound_io import Speaker
from edgeomni.speech.dialogue.saving import Saving
from edgeomni.speech.dialogue.talker import Piece, Talker

_REACHED_EVERY = 0.32
"""Seconds between two reports of how far it got: a word is said in that time."""


class SpokenAnswer:
    """One at a time; what becomes of it is told."""

    def __init__(
        self,
        talker: Talker,
        speaker: Speaker,
        emit: Callable[[events.Event], None],
        saving: Saving,
    ) -> None:
        self._talker, self._speaker, self._emit, self._saving = talker, speaker, emit, saving
        self.under_way = False
        """Somebody waits for it, thinks of it, or says it."""
        self.sounding = False
        """Its first sound was heard."""
        self.asked_at = self.said_at = float("-inf")
        """When it was expected last, and when the last one was over, by the clock."""
        self._reached_at = float("-inf")
        self._number = 0
        """Of the pause behind its question, by which the parent's wishes are told from those that
        were meant for an answer before it; negative where nobody asked."""

    @property
    def begun(self) -> bool:
        """As ``Talker.begun``."""
        return self._talker.begun

    @property
    def talking(self) -> bool:
        """As ``Talker.talking``."""
        return self._talker.talking

    @property
    def lately(self) -> str:
        """As ``Talker.lately``."""
        return self._talker.lately

    @property
    def is_unasked(self) -> bool:
        """It answers nothing that somebody said."""
        return self._number < 0

    def expect(self, number: int, at: float) -> None:
        """A question was asked, behind the pause of that number."""
        self.under_way, self.sounding, self._number = True, False, number
        self.asked_at = at
        self._talker.begin()

    def is_to(self, number: int) -> bool:
        """It is under way, and answers that question."""
        return self.under_way and number == self._number

    def say(self, piece: Piece) -> None:
        self._talker.say(piece)

    def finish(self) -> None:
        """No more pieces come."""
        self._saving.forget()
        self._talker.finish()

    def duck(self, on: bool) -> None:
        """Play it quietly."""
        self._speaker.duck(on)

    def fall_silent(self) -> None:
        """For now: it can go on."""
        self._speaker.duck(False)
        if not self._talker.held:
            self._talker.hold()
            self._emit(events.Held())

    def go_on(self) -> None:
        """Where it fell silent, if it did."""
        if self._talker.held:
            self._talker.go_on()
            self._emit(events.GoesOn())

    def stop(self) -> None:
        """For good, whether or not it was heard; tells how far it got."""
        heard = self._talker.stop()
        self.under_way = self.sounding = False
        self._speaker.duck(False)
        self._saving.answered(self._talker.sounded)
        far = events.Interrupted(heard.piece, round(heard.share, 4)) if heard else None
        self._emit(far or events.Interrupted())

    def follow(self, at: float) -> None:
        """Tell what was heard of it up to now."""
        if self.under_way and not self.sounding and self._talker.begun:
            self.sounding = True
            self._emit(events.FirstAudio(at))
        if self.sounding and at - self._reached_at >= _REACHED_EVERY:
            self._reached_at = at
            if far := self._talker.heard():
                self._emit(events.Reached(far.piece, round(far.share, 4)))
        if self.under_way and self._talker.done:
            self.under_way = self.sounding = False
            self.said_at = at
            self._saving.answered(self._talker.sounded)
            self._emit(events.Said(at, self._speaker.underruns))
