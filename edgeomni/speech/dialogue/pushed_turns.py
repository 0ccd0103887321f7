"""Turns of a key: they last as long as it is down. Pure."""

from __future__ import annotations

from edgeomni.speech.dialogue.evidence import Evidence
from edgeomni.speech.dialogue.turns import ROUNDING, Began, Paused, Resumed, Step, TurnRules, Turns


class PushedTurns(Turns):
    """A turn lasts as long as a key is down: silence in it ends nothing, but work may begin."""

    def __init__(self, rules: TurnRules, block: float) -> None:
        super().__init__(rules, block)
        self._down = False
        self._released: float | None = None

    def press(self, at: float) -> list[Step]:
        """The key is down: a turn begins, unless one has begun."""
        self._down, self._released = True, None
        return [] if self._open else self._begin(at)

    def release(self, at: float) -> None:
        """The key is up. The turn ends once all is there that was heard up to now."""
        self._down = False
        if self._open:
            self._released = at

    def hear(self, at: float, probability: float) -> list[Step]:
        if not self._open:
            return []
        steps = self._paused_or_resumed(at, probability)
        if self._released is not None and at + ROUNDING >= self._released:
            return steps + self._over(at)
        if at - self._begun + ROUNDING >= self.rules.longest:
            return steps + self._over(at) + (self._begin(at) if self._down else [])
        return steps

    def _paused_or_resumed(self, at: float, probability: float) -> list[Step]:
        # Of what is written at a pause nothing may be missing: the least sign of speech resumes.
        bound = self.rules.silence if self._spoken else self.rules.speech
        if probability >= bound:
            self._spoken += self._block
            self._speech_end = at
            resumed, self._paused = self._paused, False
            return [Resumed(self._number, at)] if resumed else []
        silent = at - self._speech_end + ROUNDING
        if self._paused or self._spoken < self.rules.least or silent < self._pause:
            return []
        self._paused, self._known = True, Evidence()
        self._number += 1
        return [Paused(self._number, self._speech_end, at)]

    def _ended(self, at: float) -> list[Step]:
        return []

    def _begin(self, at: float) -> list[Step]:
        self.reset()
        self._released = None
        self._open, self._begun, self._speech_end = True, at, at
        return [Began(at)]
