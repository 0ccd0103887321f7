"""What the microphone hears becomes turns, and what is known of each is brought together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from edgeomni import talk_events as events
from edgeomni.speech.devices.sound_io import Block, Clock, Samples
from edgeomni.speech.dialogue.ear import SECONDS, Ear
from edgeomni.speech.dialogue.interruption import Interruption
from edgeomni.speech.dialogue.manners import Manners
from edgeomni.speech.dialogue.pushed_turns import PushedTurns
from edgeomni.speech.dialogue.saving import Saving
from edgeomni.speech.dialogue.self_hearing import SelfHearing
from edgeomni.speech.dialogue.settling import Settling
from edgeomni.speech.dialogue.spoken_answer import SpokenAnswer
from edgeomni.speech.dialogue.spoken_turn import SpokenTurn
from edgeomni.speech.dialogue.turns import (
    Began,
    Dropped,
    Ended,
    Paused,
    Resumed,
    Step,
    Turns,
)
from edgeomni.speech.dialogue.unfinished import shape_of
from edgeomni.speech.ears.agreement import Agreement
from edgeomni.speech.ears.scribe import Scribe

Emit: TypeAlias = Callable[[events.Event], None]
Probability: TypeAlias = Callable[[Samples], float]
"""Of speech in one block."""

_LEVEL_EVERY = 3
"""Blocks: ten reports a second."""


@dataclass(frozen=True, slots=True)
class Understands:
    """Who finds out what a turn says; both tell the conversation."""

    scribe: Scribe
    judge: Scribe
    """Of its own, because the end of a turn and its words are wanted at the same moment."""
    probability: Probability


class Hearing:
    """Called on the one thread that decides; nothing here waits."""

    def __init__(
        self,
        manners: Manners,
        understands: Understands,
        answer: SpokenAnswer,
        saving: Saving,
        *,
        clock: Clock,
        emit: Emit,
    ) -> None:
        self._manners, self._clock, self._emit = manners, clock, emit
        self._scribe, self._judge = understands.scribe, understands.judge
        self._probability = understands.probability
        self._answer, self._saving = answer, saving
        pushed = manners.mode == "push-to-talk"
        self._turns = (PushedTurns if pushed else Turns)(manners.rules, SECONDS)
        self._ear = Ear(manners.before, manners.rules.utmost)
        self._agreement = Agreement()
        self._turn = SpokenTurn()
        self._itself = SelfHearing(manners)
        self._over = Settling(
            manners, answer, saving, self._itself, self._present, clock=clock, emit=emit
        )
        self._interruption = Interruption(manners, answer, self._itself)
        self._model_judges = False
        """The model tells of drafts whether they are whole. The detector of ends adds little to
        that, and what it takes would hold up transcript and answer: it is asked in doubt."""
        self._sketched_at = 0.0
        self._blocks = 0

    # ── what is heard ────────────────────────────────────────────────────────────────────────────

    def hear(self, block: Block) -> None:
        """The next block of the microphone."""
        self._ear.take(block.samples)
        probability = self._probability(block.samples)
        self._level(block, probability)
        self._steps(self._turns.hear(block.at, probability))
        if self._turns.is_open:
            self._while_speaking(block.at, probability)
        self._answer.follow(block.at)
        silent = probability < self._manners.rules.silence
        if self._answer.sounding and self._answer.talking and silent:
            self._itself.silent(SECONDS)

    def _level(self, block: Block, probability: float) -> None:
        self._blocks += 1
        if self._blocks % _LEVEL_EVERY == 0:
            power = float(np.sqrt(np.mean(np.square(block.samples))))
            self._emit(events.Level(round(power, 4), round(probability, 2)))

    def _steps(self, steps: list[Step]) -> None:
        for step in steps:
            self._step(step)

    def _step(self, step: Step) -> None:
        match step:
            case Began(at):
                self._began(at)
            case Paused(number, speech_end, at):
                self._scribe.write(number, self._ear.turn())
                if self._answer.under_way or not self._model_judges:
                    self._ask_detector(number)
                self._emit(events.Paused(at, speech_end))
            case Resumed(number):
                self._judge.forget(number)
                self._scribe.forget(number)
                self._over.forget(number)
                self._emit(events.Resumed())
            case Ended():
                self._turn.ended = step
                drafted, sound = self._turn.drafted
                self._turn.sound = sound if drafted == step.number else self._kept()
                self._turn.committed = self._clock.now()
                self._turn.heard = self._ear.turn() if self._saving.is_on else None
                self._ear.end(step.at - step.speech_end)
                self._over.end(self._turn)
            case Dropped(at):
                self._ear.end(self._manners.before)
                self._over.nothing()

    def _present(self) -> SpokenTurn | None:
        """The turn that somebody speaks right now."""
        return self._turn if self._turns.is_open else None

    def _began(self, at: float) -> None:
        near = self._answer.under_way or at - self._answer.said_at < self._manners.lingers
        self._turn = turn = SpokenTurn(self._turn.number + 1, self._answer.under_way, near)
        self._agreement = Agreement()
        self._ear.begin()
        self._sketched_at = at
        self._emit(events.Began(at))
        soon = not self._manners.wake or at - self._answer.asked_at <= self._manners.going_on
        turn.goes_on = self._answer.under_way and soon and not self._answer.begun
        if turn.goes_on:
            self._answer.fall_silent()

    def _while_speaking(self, at: float, probability: float) -> None:
        over_answer = self._turn.over_answer and self._answer.talking
        interrupts = over_answer and self._manners.interrupt
        spoken, certain = self._turns.spoken, self._turns.is_certain
        if interrupts and self._interruption.by_sound(self._turn, spoken, certain=certain):
            self._sketch(at)
        due = at - self._sketched_at >= self._manners.sketch_every and self._scribe.idle
        # In a silence the whole turn may be wanted at any moment: a sketch would hold that up.
        if due and probability >= self._manners.rules.silence:
            self._sketch(at)

    def _sketch(self, at: float) -> None:
        """Of a turn over an answer, only its latest sound tells whose it is."""
        self._sketched_at = at
        last = self._manners.glimpse if self._answer.talking else None
        self._scribe.sketch(self._turn.number, self._ear.turn(last))

    def sketched(self, turn: int, text: str) -> None:
        """The words of a turn so far, by its number."""
        if turn != self._turn.number or not self._turns.is_open:
            return
        if self._turn.over_answer and self._answer.talking:
            if self._manners.interrupt and self._interruption.by_words(self._turn, text):
                self._ear.keep(self._manners.glimpse)
            return
        certain, rest = self._agreement.take(text)
        self._emit(events.Partial(certain, rest))

    def written(self, pause: int, text: str) -> None:
        """The words up to a pause; empty where they could not be written."""
        if self._over.awaits(pause):
            self._over.write(pause, text)
        elif pause == self._turns.pause:
            self._over.write(pause, text)
            drafts = bool(text) and not self._answer.under_way
            words = shape_of(text, english=self._manners.english)
            steps = self._turns.understood(pause, words, model_is_asked=drafts)
            if drafts:
                self._turn.drafted = pause, self._kept()
                self._emit(events.Draft(pause, text, self._turn.drafted[1]))
            self._steps(steps)

    def paced(self, writing: float) -> None:
        """As ``Turns.paced``; where time stands still meanwhile, it takes none."""
        if not self._manners.lockstep:
            self._turns.paced(writing)

    def _kept(self) -> bytes:
        """The sound of the present turn, where the parent wants it."""
        return self._ear.turn().tobytes() if self._manners.keeps_sound else b""

    # ── what the parent and its user want ────────────────────────────────────────────────────────

    def expect_answer(self, number: int) -> None:
        """As ``Settling.expect_answer``."""
        self._over.expect_answer(number)

    def judged(self, pause: int, complete: float) -> None:
        """The detector of ends has an opinion on a pause."""
        self._steps(self._turns.judged(pause, complete))

    def foreseen(self, pause: int, ends: float | None) -> None:
        """The model has judged a draft, or cannot."""
        unheard = self._model_judges
        if (
            ends is not None or pause == self._turns.pause
        ):  # of a pause that is past, it was stopped
            self._model_judges = ends is not None
        self._steps(self._turns.foreseen(pause, ends))
        if unheard and pause == self._turns.pause and self._turns.is_in_doubt:
            self._ask_detector(pause)

    def _ask_detector(self, pause: int) -> None:
        """Of a turn that is not ended by a key."""
        if not isinstance(self._turns, PushedTurns):
            self._judge.judge(pause, self._ear.turn())

    @property
    def awaits_model(self) -> bool:
        """As ``Turns.awaits_model``."""
        return self._turns.awaits_model

    def press(self) -> None:
        """The key to talk, where there is one: whoever presses it wants the word."""
        if not isinstance(self._turns, PushedTurns):
            return
        if self._answer.under_way and self._answer.begun:
            self._answer.stop()
        self._steps(self._turns.press(self._clock.now()))

    def release(self) -> None:
        """The key is up, or there is nothing more to hear."""
        if isinstance(self._turns, PushedTurns):
            self._turns.release(self._clock.now())

    @property
    def is_amid_a_turn(self) -> bool:
        """Somebody speaks, or what was said is not handed over yet."""
        return self._turns.is_open or bool(self._over)
