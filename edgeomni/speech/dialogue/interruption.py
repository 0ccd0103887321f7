"""Somebody speaks over an answer: it is played quietly, and falls silent once it is a person."""

from __future__ import annotations

from edgeomni.speech.dialogue.manners import Manners
from edgeomni.speech.dialogue.self_hearing import SelfHearing
from edgeomni.speech.dialogue.spoken_answer import SpokenAnswer
from edgeomni.speech.dialogue.spoken_turn import SpokenTurn
from edgeomni.speech.dialogue.turns import ROUNDING
from edgeomni.speech.dialogue.whose import whose


class Interruption:
    """Whether it was one is known when the turn is over; until then the answer can go on."""

    def __init__(self, manners: Manners, answer: SpokenAnswer, itself: SelfHearing) -> None:
        self._manners, self._answer, self._itself = manners, answer, itself

    def by_sound(self, turn: SpokenTurn, spoken: float, *, certain: bool) -> bool:
        """There were so many seconds of speech, or it is ``certain`` that it is speech; whether its
        words should be looked at now."""
        if self._manners.wake:  # that somebody speaks says nothing; what is said is sketched anyway
            return False
        if spoken >= self._manners.duck_after and not turn.own_voice:
            self._answer.duck(True)
        enough = spoken + ROUNDING >= self._manners.stop_after
        if not self._itself.is_possible:
            if certain or enough:
                self._answer.fall_silent()
        elif enough and not turn.asked_whose:  # who speaks is only known from what is said
            turn.asked_whose = True
            return True
        return False

    def by_words(self, turn: SpokenTurn, text: str) -> bool:
        """Whether what was heard before them is our own voice, and a person speaks now."""
        match whose(text, self._answer.lately, self._manners):
            case "a person's":
                self._answer.fall_silent()
                return turn.own_voice
            case "ours":
                # The microphone does hear the loudspeaker: that need not be any quieter for it.
                turn.own_voice = True
                self._itself.heard()
                self._answer.duck(False)
        return False
