"""What becomes of turns that are over: a question, a command or nothing, once words are there."""

from __future__ import annotations

from collections.abc import Callable

from edgeomni import talk_events as events
from edgeomni.speech.devices.sound_io import Clock
from edgeomni.speech.dialogue.echo_guard import is_echo, without_echo
from edgeomni.speech.dialogue.manners import Manners
from edgeomni.speech.dialogue.meaning import meaning
from edgeomni.speech.dialogue.saving import Saving
from edgeomni.speech.dialogue.self_hearing import SelfHearing
from edgeomni.speech.dialogue.spoken_answer import SpokenAnswer
from edgeomni.speech.dialogue.spoken_turn import AwaitedWords, SpokenTurn
from edgeomni.speech.dialogue.turns import Ended


class Settling:
    """Hands turns over in their order, and lets the answer that was under way stop or go on."""

    def __init__(
        self,
        manners: Manners,
        answer: SpokenAnswer,
        saving: Saving,
        itself: SelfHearing,
        present: Callable[[], SpokenTurn | None],
        *,
        clock: Clock,
        emit: Callable[[events.Event], None],
    ) -> None:
        """``present`` gives the turn that somebody speaks right now."""
        self._manners, self._answer, self._saving = manners, answer, saving
        self._itself, self._present = itself, present
        self._clock, self._emit = clock, emit
        self._words = AwaitedWords()

    def __bool__(self) -> bool:
        """Some turn that is over waits for its words."""
        return bool(self._words)

    def end(self, turn: SpokenTurn) -> None:
        """It is over."""
        self._words.end(turn)
        self._deliver()

    def awaits(self, pause: int) -> bool:
        """A turn that this pause has ended waits for its words."""
        return self._words.are_of_a_turn(pause)

    def write(self, pause: int, text: str) -> None:
        """The words of a turn that this pause has ended, or may still end."""
        self._words.write(pause, text)
        self._deliver()

    def forget(self, pause: int) -> None:
        """The turn went on: these are not all of its words."""
        self._words.forget(pause)

    def nothing(self) -> None:
        """A turn was none: the answer goes on, unless somebody else is at it."""
        self._emit(events.Nothing())
        self._answer.duck(False)
        present = self._present()
        if not (self._words or (present and present.over_answer)):
            self._answer.go_on()

    def expect_answer(self, number: int) -> None:
        """Something will be said, to what was asked behind that pause."""
        self._answer.expect(number, self._clock.now())
        if turn := self._present():  # the speaker went on while this was being understood
            turn.over_answer = turn.near_answer = turn.goes_on = True
            self._answer.fall_silent()

    def _deliver(self) -> None:
        while (found := self._words.next()) is not None:
            self._settle(*found)

    def _settle(self, turn: SpokenTurn, ended: Ended, text: str) -> None:
        self._answer.duck(False)
        # What cancels an echo lets through a little of it, when an answer begins or a delay jumps.
        may_echo = turn.over_answer or (turn.near_answer and self._itself.is_possible)
        echo_of = self._answer.lately if may_echo else ""
        if turn.own_voice:
            text = without_echo(text, echo_of)
        answering = turn.over_answer and self._answer.under_way
        named = answering and not turn.goes_on
        found = meaning(text, self._manners, answering=answering, echo_of=echo_of, named=named)
        goes_on = answering and self._answer.talking and not self._manners.interrupt
        if found == "nothing" and answering and echo_of and is_echo(text, echo_of):
            self._itself.heard()
        if found == "nothing" or (found == "turn" and goes_on):
            return self.nothing()
        if self._answer.under_way:
            self._answer.stop()
        if found == "stop":
            return self._emit(events.Stopped(text))
        now, spoken = self._clock.now(), round(ended.spoken, 3)
        times = ended.speech_end, turn.committed, now, spoken
        self._emit(events.Utterance(ended.number, text, *times, turn.sound))
        self._saving.asked(ended.number, turn.heard)
        self.expect_answer(ended.number)
