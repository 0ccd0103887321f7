"""When a turn begins, pauses and ends: decisions over probabilities of speech. Pure.

Work on an answer may begin at the first short pause; only what can be heard waits until the turn is
over. How long that is depends on the sound, on the words, and on what the language model makes of
them: each alone is often wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from edgeomni.speech.dialogue.certainty import Certainty
from edgeomni.speech.dialogue.evidence import Evidence, Words

ROUNDING = 1e-9
"""Seconds by which sums of blocks may be off."""


@dataclass(frozen=True, slots=True)
class TurnRules:
    """All in seconds, but for probabilities and log odds."""

    speech: float = 0.5
    """Probability from which a block is speech."""
    silence: float = 0.35
    """Probability below which a block within speech is none."""
    allowance: float = 0.6
    """Log odds of a block that tell nothing of speech; see ``Certainty``."""
    most: float = 1.5
    """Log odds that a block counts for: too few for one to be certain by itself, as of a click."""
    certain: float = 1.0
    """Sum of log odds from which there is speech beyond doubt.

    Of 384 utterances in four voices, from -30 to -6 dB, 95 % were certain within 174 ms and the
    half within 114 ms, all of them in the end; of 200 each of coughs of 100 ms, of 128 ms and of
    more, of claps, and of knocks none was. A hum or a "mhm" is speech to the detector.
    """
    onset: float = 0.09
    """Of speech until a turn has begun, unless there is no doubt before: less is a click."""
    pause: float = 0.03
    """Of silence after which work on an answer begins, one block: in 240 spoken sentences 0.8 such
    pauses each were none, and 0.4 of two blocks; a tenth of a second's work is soon done again."""
    pace: float = 0.1
    """The same, as a share of what a transcript takes: a slow one is in the way of the next. With
    two seconds for each, a sentence was understood 0.6 s sooner on average than with ``pause``."""
    done: float = 0.19
    """Of silence that ends a turn which is surely complete."""
    unsure: float = 0.6
    """Of silence that ends a turn of which too little is known."""
    half: float = 1.2
    """Of silence that ends a turn which may be complete: longer than most pauses within one."""
    open: float = 1.6
    """Of silence that ends a turn which is hardly complete."""
    complete: float = 0.5
    """Probability of the detector from which a turn sounds complete."""
    sure: float = 1.5
    """Log odds from which a turn is surely complete: 3 % of beginnings have them, and 55 % of whole
    sentences; 0 and 69 % of others than those that ``Evidence`` was fitted to."""
    likely: float = 0.0
    """Log odds from which a turn may be complete."""
    least: float = 0.15
    """Of speech that makes a turn; less is a cough, and its turn ends as nothing."""
    longest: float = 28.0
    """Of a turn, after which a silence of ``done`` ends it; see ``ears.windows.LONGEST``."""
    utmost: float = 30.0
    """Of a turn, after which it ends in the middle of speech: what follows is another one."""

    def patience(self, known: Evidence) -> float:
        """Silence that ends a turn of which so much is known."""
        if known.words is not None and known.words.hesitates:
            return self.open
        if (odds := known.log_odds) is not None:
            return (
                self.done if odds >= self.sure else self.half if odds >= self.likely else self.open
            )
        patience = self._without_model(known)
        # A model that is slow to judge will be slow to answer: nothing is lost by waiting for it.
        return max(patience, self.unsure) if known.model_is_asked else patience

    def _without_model(self, known: Evidence) -> float:
        sounds = None if known.sound is None else known.sound >= self.complete
        reads = None if known.words is None else not known.words.unfinished
        match sounds, reads:
            case True, True:
                return self.done
            case (True, False) | (False, True):
                return self.half
            case (False, _) | (_, False):
                return self.open
        return self.unsure  # words that are slow to come must not hold up everything


@dataclass(frozen=True, slots=True)
class Began:
    at: float
    """When the first block of speech began, by the clock of the blocks."""


@dataclass(frozen=True, slots=True)
class Paused:
    """The turn may be over: what is known so far can be worked on."""

    number: int
    """Of this pause; what is found out about it is told with it."""
    speech_end: float
    at: float


@dataclass(frozen=True, slots=True)
class Resumed:
    """It was not over: what was done since the pause is void."""

    number: int
    at: float


@dataclass(frozen=True, slots=True)
class Ended:
    number: int
    """Of the pause that ended it."""
    speech_end: float
    at: float
    spoken: float
    """Seconds of speech in it."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """It was no turn: too short for a word."""

    at: float


Step = Began | Paused | Resumed | Ended | Dropped


class Turns:
    """Follows one stream of blocks, hands-free."""

    def __init__(self, rules: TurnRules, block: float) -> None:
        """``block`` is the length of a block in seconds."""
        self.rules = rules
        self._block = block
        self._pause = rules.pause
        self._certainty = Certainty(rules.allowance, rules.most, rules.certain)
        self._number = 0
        self._heard_at = 0.0
        self.reset()

    def reset(self) -> None:
        """Forget the present turn, if there is one."""
        self._open = False
        self._begun = self._speech_end = 0.0
        self._spoken = self._run = 0.0
        self._certainty.reset()
        self._paused = False
        self._known = Evidence()

    def paced(self, writing: float) -> None:
        """A transcript takes so many seconds: pauses have to be as long as it is worth."""
        self._pause = min(max(self.rules.pause, self.rules.pace * writing), self.rules.done)

    @property
    def is_open(self) -> bool:
        """Somebody's turn has begun and is not over."""
        return self._open

    @property
    def pause(self) -> int | None:
        """The number of the pause that the present turn is in; None while somebody speaks."""
        return self._number if self._paused else None

    @property
    def spoken(self) -> float:
        """Seconds of speech in the present turn."""
        return self._spoken

    @property
    def is_certain(self) -> bool:
        """There was speech beyond doubt in the present turn."""
        return self._certainty.reached

    def judged(self, number: int, complete: float) -> list[Step]:
        """The detector of ends has an opinion on a pause: a probability from 0 to 1."""
        return self._learn(number, replace(self._known, sound=complete))

    def understood(self, number: int, words: Words, *, model_is_asked: bool = False) -> list[Step]:
        """The words up to a pause are known; a language model may still have to judge them."""
        known = replace(self._known, words=words, model_is_asked=model_is_asked)
        return self._learn(number, known)

    def foreseen(self, number: int, ends: float | None) -> list[Step]:
        """The language model has judged the words up to a pause, or cannot: see ``Evidence``."""
        return self._learn(number, replace(self._known, model=ends, model_is_asked=False))

    def _learn(self, number: int, known: Evidence) -> list[Step]:
        """It may have been silent for long enough, for what is known now."""
        if not self._paused or number != self._number:
            return []
        self._known = known
        return self._ended(self._heard_at)

    @property
    def awaits_model(self) -> bool:
        """A language model has still to judge the words up to the present pause."""
        return self._paused and self._known.model_is_asked

    @property
    def is_in_doubt(self) -> bool:
        """It is not known of the present pause that it surely ends the turn."""
        return self._paused and self.rules.patience(self._known) > self.rules.done

    def hear(self, at: float, probability: float) -> list[Step]:
        """Take the next block, which ends ``at``."""
        self._heard_at = at
        self._certainty.hear(probability)
        bound = self.rules.silence if self._open and not self._paused else self.rules.speech
        if probability >= bound:
            return self._speech(at, probability)
        return self._silence(at)

    def _speech(self, at: float, probability: float) -> list[Step]:
        self._run += self._block
        if not self._open:
            if self._run + ROUNDING < self.rules.onset and not self._certainty.reached:
                return []
            self._open, self._begun = True, at - self._run
            self._spoken, self._speech_end = self._run, at
            return [Began(self._begun)]
        self._spoken += self._block
        self._speech_end = at
        steps: list[Step] = []
        if self._paused:
            self._paused, self._known = False, Evidence()
            steps.append(Resumed(self._number, at))
        if at - self._begun + ROUNDING >= self.rules.utmost:
            steps += self._over(at)
        return steps

    def _silence(self, at: float) -> list[Step]:
        self._run = 0.0
        if not self._open:
            return []
        silent = at - self._speech_end
        steps: list[Step] = []
        if not self._paused and silent + ROUNDING >= self._pause:
            if self._spoken < self.rules.least:
                if silent + ROUNDING < self.rules.done:
                    return []
                self.reset()
                return [Dropped(at)]
            self._paused, self._known = True, Evidence()
            self._number += 1
            steps.append(Paused(self._number, self._speech_end, at))
        return steps + self._ended(at)

    def _ended(self, at: float) -> list[Step]:
        """Whether a pause that lasts until then ends the turn."""
        if not self._paused or at - self._speech_end + ROUNDING < self._patience(at):
            return []
        ended = Ended(self._number, self._speech_end, at, self._spoken)
        self.reset()
        return [ended]

    def _over(self, at: float) -> list[Step]:
        """End the turn right now."""
        spoken, end, paused = self._spoken, self._speech_end, self._paused
        self.reset()
        if spoken <= 0:
            return [Dropped(at)]
        if paused:  # what was found out about the pause is of the whole turn
            return [Ended(self._number, end, at, spoken)]
        self._number += 1
        return [Paused(self._number, end, at), Ended(self._number, end, at, spoken)]

    def _patience(self, at: float) -> float:
        """Seconds of silence that end the turn, as far as is known now."""
        rules = self.rules
        if at - self._begun >= rules.longest:
            return rules.done
        return rules.patience(self._known)
