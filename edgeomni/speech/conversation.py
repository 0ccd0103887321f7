"""The ear of a spoken conversation: what is heard becomes turns, what is to be said becomes sound.

One thread decides, and takes everything from one queue: blocks of the microphone, what the scribe
found out, what the parent wants. So nothing here needs a lock, and every decision has an order.
"""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from edgeomni import talk_events as events
from edgeomni.errors import EdgeomniError
from edgeomni.speech.agreement import Agreement
from edgeomni.speech.ear import SECONDS, Ear
from edgeomni.speech.echo_guard import is_echo, is_stranger, without_echo
from edgeomni.speech.manners import Manners
from edgeomni.speech.meaning import meaning, plain
from edgeomni.speech.pump import Broken, NoMore, Pump, Pumped
from edgeomni.speech.scribe import Failed, Judged, Note, Scribe, Sketched, Understanding, Written
from edgeomni.speech.sound_io import Block, Clock, Microphone, Samples, Speaker, Trouble
from edgeomni.speech.talker import Heard, Piece, Speak, Talker
from edgeomni.speech.turns import (
    Began,
    Dropped,
    Ended,
    Paused,
    PushedTurns,
    Resumed,
    Step,
    Turns,
)
from edgeomni.speech.unfinished import looks_unfinished

Emit: TypeAlias = Callable[[events.Event], None]
Probability: TypeAlias = Callable[[Samples], float]
"""Of speech in one block."""

_GLANCE = 0.005
"""Seconds between two looks at whether others are still at work."""
_LEVEL_EVERY = 3
"""Blocks: ten reports a second."""
_REACHED_EVERY = 10
"""Blocks: a word is said in that time."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Something the parent wants."""

    data: Mapping[str, Any]


Item: TypeAlias = Pumped | Note | Trouble | _Asked | EdgeomniError


@dataclass(slots=True)
class _Turn:
    """What is known of a turn besides its words."""

    number: int = 0
    over_answer: bool = False
    """It began while an answer was under way, or the answer came into it."""
    near_answer: bool = False
    """It began when an answer could be heard, or had been just before."""
    asked_whose: bool = False
    """Its first words are being looked at, to know whether they are the answer's own."""
    own_voice: bool = False
    """The answer's own voice was heard in it."""
    ended: Ended | None = None
    sound: bytes = b""
    """All of it once it is over, where the parent wants that."""


class Conversation:
    """Runs until the microphone ends or it is told to stop."""

    def __init__(
        self,
        microphone: Microphone,
        speaker: Speaker,
        *,
        probability: Probability,
        understand: Callable[[], Understanding],
        speak: Speak,
        manners: Manners,
        clock: Clock,
        emit: Emit,
    ) -> None:
        self._speaker = speaker
        self._probability = probability
        self._manners = manners
        self._clock = clock
        self._emit = emit
        self._inbox: queue.Queue[Item] = queue.Queue()
        self._pump = Pump(microphone, clock, self._inbox.put)
        self._scribe = Scribe(understand, self._inbox.put)
        # Of its own, because the end of a turn and its words are wanted at the same moment.
        self._judge = Scribe(understand, self._inbox.put)
        self._talker = Talker(speaker, speak, self._inbox.put)
        pushed = manners.mode == "push-to-talk"
        self._turns = (PushedTurns if pushed else Turns)(manners.rules, SECONDS)
        self._ear = Ear(manners.before, manners.rules.utmost)
        self._agreement = Agreement()
        self._turn = _Turn()
        self._over: deque[_Turn] = deque()
        """Turns that are over, and whose transcripts are still being written."""
        self._written: dict[int, str] = {}
        """Transcripts by their pauses; empty, too, where one could not be written."""
        self._sketched_at = 0.0
        self._blocks = 0
        self._thinking = False
        """An answer is under way: from the end of its question until it was heard or stopped."""
        self._answering = 0
        """The number of the pause behind its question, by which the parent's wishes are told from
        those that were meant for an answer before it."""
        self._sounding = False
        self._said_at = float("-inf")
        self._unheard = 0.0
        """Seconds of answers that the microphone did not hear, since it did."""
        self._stopping = False
        self._complaints: set[str] = set()

    # ── from other threads ───────────────────────────────────────────────────────────────────────

    def ask(self, data: Mapping[str, Any]) -> None:
        """Take a note of the parent's; see ``_asked`` for what there is."""
        self._inbox.put(_Asked(data))

    # ── the thread that decides ──────────────────────────────────────────────────────────────────

    def run(self) -> None:
        """Returns when the conversation is over; devices are left open."""
        self._pump.start()
        over = waits = False
        try:
            while not (self._stopping or (over and self._at_rest())):
                if (item := self._next()) is not None:
                    over = over or isinstance(item, NoMore)
                    waits = waits or isinstance(item, Block)
                    self._take(item)
                if waits and not (self._manners.lockstep and self._working()):
                    waits = False
                    self._pump.next()
            if self._thinking:
                self._interrupted(self._talker.stop())
        finally:
            self._pump.stop()
            self._scribe.close()
            self._judge.close()
            self._talker.close()

    def _next(self) -> Item | None:
        """In lockstep it looks up now and then: nobody tells when the last work is done."""
        try:
            return self._inbox.get(timeout=_GLANCE if self._manners.lockstep else None)
        except queue.Empty:
            return None

    def _working(self) -> bool:
        """Somebody thinks, here or in the parent."""
        busy = not (self._scribe.idle and self._judge.idle and self._talker.idle)
        thinking = self._thinking and not self._talker.complete
        return busy or thinking or not self._inbox.empty()

    def _at_rest(self) -> bool:
        """Nothing is under way any more."""
        open = self._turns.is_open or bool(self._over) or self._thinking
        return not (open or self._working())

    def _take(self, item: Item) -> None:
        match item:
            case Block():
                self._heard(item)
            case Sketched(turn, text):
                self._sketched(turn, text)
            case Judged(pause, complete):
                self._turns.judged(pause, complete)
            case Written(pause, text):
                self._was_written(pause, text)
            case Failed(error, pause):
                self._failed(error, pause)
            case EdgeomniError():
                self._failed(item, None)
            case Trouble(code, text):
                self._emit(events.Trouble(code, text))
            case Broken(error):
                raise error
            case NoMore() if isinstance(self._turns, PushedTurns):
                self._turns.release(self._clock.now())
            case _Asked(data):
                self._asked(data)

    def _failed(self, error: EdgeomniError, pause: int | None) -> None:
        """What nobody waits for is complained about once: it may fail at every pause."""
        if pause is not None or error.happened not in self._complaints:
            self._emit(events.Failure(error.code, error.happened))
        if pause is None:
            self._complaints.add(error.happened)
        else:
            self._was_written(pause, "")

    # ── what is heard ────────────────────────────────────────────────────────────────────────────

    def _heard(self, block: Block) -> None:
        self._ear.take(block.samples)
        probability = self._probability(block.samples)
        self._level(block, probability)
        for step in self._turns.hear(block.at, probability):
            self._step(step)
        if self._turns.is_open:
            self._while_speaking(block.at, probability)
        self._follow_answer(block.at)
        if self._sounding and self._talker.talking and probability < self._manners.rules.silence:
            self._unheard += SECONDS

    @property
    def _hears_itself(self) -> bool:
        """The microphone may hear the loudspeaker: it does, or nothing is known yet."""
        return not self._manners.cancels_echo and self._unheard < self._manners.unheard

    def _level(self, block: Block, probability: float) -> None:
        self._blocks += 1
        if self._blocks % _LEVEL_EVERY == 0:
            power = float(np.sqrt(np.mean(np.square(block.samples))))
            self._emit(events.Level(round(power, 4), round(probability, 2)))

    def _step(self, step: Step) -> None:
        match step:
            case Began(at):
                self._began(at)
            case Paused(number, speech_end, at):
                turn = self._ear.turn()
                self._judge.judge(number, turn)
                self._scribe.write(number, turn)
                self._emit(events.Paused(at, speech_end))
            case Resumed(number):
                self._judge.forget(number)
                self._scribe.forget(number)
                self._written.pop(number, None)
                self._emit(events.Resumed())
            case Ended():
                self._turn.ended, self._turn.sound = step, self._kept()
                self._over.append(self._turn)
                self._ear.end(step.at - step.speech_end)
                self._deliver()
            case Dropped(at):
                self._ear.end(self._manners.before)
                self._emit(events.Nothing())
                self._release_answer()

    def _began(self, at: float) -> None:
        near = self._thinking or at - self._said_at < self._manners.lingers
        self._turn = _Turn(self._turn.number + 1, self._thinking, near)
        self._agreement = Agreement()
        self._ear.begin()
        self._sketched_at = at
        self._emit(events.Began(at))
        if self._thinking and not self._talker.begun:
            self._fall_silent()  # the speaker goes on before there was an answer

    def _while_speaking(self, at: float, probability: float) -> None:
        over_answer = self._turn.over_answer and self._talker.talking
        if over_answer and self._manners.interrupt:
            self._consider_interruption(at)
        due = at - self._sketched_at >= self._manners.sketch_every and self._scribe.idle
        # In a silence the whole turn may be wanted at any moment: a sketch would hold that up.
        if due and probability >= self._manners.rules.silence:
            self._sketch(at)

    def _sketch(self, at: float) -> None:
        """Of a turn over an answer, only its latest sound tells whose it is."""
        self._sketched_at = at
        last = self._manners.glimpse if self._talker.talking else None
        self._scribe.sketch(self._turn.number, self._ear.turn(last))

    def _sketched(self, turn: int, text: str) -> None:
        if turn != self._turn.number or not self._turns.is_open:
            return
        if self._turn.over_answer and self._talker.talking:
            if self._manners.interrupt:
                self._judge_interruption(text)
            return
        certain, rest = self._agreement.take(text)
        self._emit(events.Partial(certain, rest))

    def _was_written(self, pause: int, text: str) -> None:
        if any(turn.ended and turn.ended.number == pause for turn in self._over):
            self._written[pause] = text
            self._deliver()
        elif pause == self._turns.pause:
            self._written[pause] = text
            unfinished = looks_unfinished(text, english=self._manners.english)
            self._turns.understood(pause, unfinished=unfinished)
            if text and not self._thinking:
                self._emit(events.Draft(pause, text, self._kept()))

    def _kept(self) -> bytes:
        """The sound of the present turn, where the parent wants it."""
        return self._ear.turn().tobytes() if self._manners.keeps_sound else b""

    def _deliver(self) -> None:
        """Hand over turns in their order, each once its transcript is there."""
        while self._over and (ended := self._over[0].ended) and ended.number in self._written:
            turn = self._over.popleft()
            self._settle(turn, ended, self._written.pop(ended.number))

    def _settle(self, turn: _Turn, ended: Ended, text: str) -> None:
        self._speaker.duck(False)
        # What cancels an echo lets through a little of it, when an answer begins or a delay jumps.
        may_echo = turn.over_answer or (turn.near_answer and self._hears_itself)
        echo_of = self._talker.lately if may_echo else ""
        if turn.own_voice:
            text = without_echo(text, echo_of)
        answering = turn.over_answer and self._thinking
        found = meaning(text, self._manners, answering=answering, echo_of=echo_of)
        goes_on = answering and self._talker.talking and not self._manners.interrupt
        if found == "nothing" and answering and echo_of and is_echo(text, echo_of):
            self._unheard = float("-inf")
        if found == "nothing" or (found == "turn" and goes_on):
            self._emit(events.Nothing())
            self._release_answer()
            return
        if self._thinking:
            self._interrupted(self._talker.stop())
        if found == "stop":
            self._emit(events.Stopped(text))
            return
        now, spoken = self._clock.now(), round(ended.spoken, 3)
        times = ended.speech_end, ended.at, now, spoken
        self._emit(events.Utterance(ended.number, text, *times, turn.sound))
        self._expect_answer(ended.number)

    # ── speaking over an answer ──────────────────────────────────────────────────────────────────

    def _consider_interruption(self, at: float) -> None:
        turn, spoken = self._turn, self._turns.spoken
        if spoken >= self._manners.duck_after and not turn.own_voice:
            self._speaker.duck(True)
        if spoken < self._manners.stop_after:
            return
        if not self._hears_itself:
            self._fall_silent()
        elif not turn.asked_whose:  # who speaks is only known from what is said
            turn.asked_whose = True
            self._sketch(at)

    def _judge_interruption(self, text: str) -> None:
        """Words over an answer: a person's, or the answer's own from the loudspeaker."""
        said, words = self._talker.lately, plain(text)
        if words in self._manners.stop_words or is_stranger(text, said):
            if self._turn.own_voice:
                self._ear.keep(self._manners.glimpse)
            self._fall_silent()
        elif is_echo(text, said):
            self._own_voice()

    def _own_voice(self) -> None:
        """The microphone does hear the loudspeaker, and that need not be any quieter for it."""
        self._turn.own_voice = True
        self._unheard = float("-inf")
        self._speaker.duck(False)

    def _fall_silent(self) -> None:
        self._speaker.duck(False)
        if not self._talker.held:
            self._talker.hold()
            self._emit(events.Held())

    def _release_answer(self) -> None:
        """It was no interruption: the answer goes on, unless somebody else is at it."""
        self._speaker.duck(False)
        others = self._over or (self._turns.is_open and self._turn.over_answer)
        if self._talker.held and not others:
            self._talker.go_on()
            self._emit(events.GoesOn())

    def _interrupted(self, heard: Heard | None) -> None:
        self._thinking = self._sounding = False
        self._speaker.duck(False)
        far = events.Interrupted(heard.piece, round(heard.share, 4)) if heard else None
        self._emit(far or events.Interrupted())

    # ── the answer ───────────────────────────────────────────────────────────────────────────────

    def _follow_answer(self, at: float) -> None:
        if self._thinking and not self._sounding and self._talker.begun:
            self._sounding = True
            self._emit(events.FirstAudio(at))
        if self._sounding and self._blocks % _REACHED_EVERY == 0 and (far := self._talker.heard()):
            self._emit(events.Reached(far.piece, round(far.share, 4)))
        if self._thinking and self._talker.done:
            self._thinking = self._sounding = False
            self._said_at = at
            self._emit(events.Said(at, self._speaker.underruns))

    def _expect_answer(self, number: int) -> None:
        self._thinking, self._sounding, self._answering = True, False, number
        self._talker.begin()
        if self._turns.is_open:  # the speaker went on while this was being understood
            self._turn.over_answer = self._turn.near_answer = True
            self._fall_silent()

    def _asked(self, data: Mapping[str, Any]) -> None:
        match data["do"]:
            case "begin" if not self._thinking:
                self._expect_answer(data["to"])
            case "say" if self._thinking and data["to"] == self._answering:
                self._talker.say(Piece(data["piece"], data["text"]))
            case "finish" if self._thinking and data["to"] == self._answering:
                self._talker.finish()
            case "hush" if self._thinking:
                self._interrupted(self._talker.stop())
                self._emit(events.Stopped(""))
            case "press" if isinstance(self._turns, PushedTurns):
                self._press(self._turns)
            case "release" if isinstance(self._turns, PushedTurns):
                self._turns.release(self._clock.now())
            case "end":
                self._stopping = True

    def _press(self, turns: PushedTurns) -> None:
        """Whoever presses the key wants the word."""
        if self._thinking and self._talker.begun:
            self._interrupted(self._talker.stop())
        for step in turns.press(self._clock.now()):
            self._step(step)
