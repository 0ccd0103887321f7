"""The ear of a spoken conversation: what is heard becomes turns, what is to be said becomes sound.

One thread decides, and takes everything from one queue: blocks of the microphone, what the scribe
found out, what the parent wants. So nothing here needs a lock, and every decision has an order.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from edgeomni import talk_events as events
from edgeomni.errors import EdgeomniError
from edgeomni.speech.agreement import Agreement
from edgeomni.speech.echo_guard import is_echo
from edgeomni.speech.manners import Manners
from edgeomni.speech.scribe import Failed, Judged, Note, Scribe, Sketched, Understanding, Written
from edgeomni.speech.sound_io import (
    BLOCK,
    HEARD_RATE,
    Block,
    Clock,
    Microphone,
    Samples,
    Speaker,
    Trouble,
)
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

_SECONDS = BLOCK / HEARD_RATE
_GLANCE = 0.005
"""Seconds between two looks at whether others are still at work."""
_LEVEL_EVERY = 3
"""Blocks: ten reports a second."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Something the parent wants."""

    data: Mapping[str, Any]


class _End:
    """The microphone gives no more."""


Item: TypeAlias = Block | Note | Trouble | _Asked | _End | EdgeomniError


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
        self._microphone = microphone
        self._speaker = speaker
        self._probability = probability
        self._manners = manners
        self._clock = clock
        self._emit = emit
        self._inbox: queue.Queue[Item] = queue.Queue()
        self._taken = threading.Semaphore(0)
        self._scribe = Scribe(understand, self._inbox.put)
        # Of its own, because the end of a turn and its words are wanted at the same moment.
        self._judge = Scribe(understand, self._inbox.put)
        self._talker = Talker(speaker, speak, self._inbox.put)
        pushed = manners.mode == "push-to-talk"
        self._turns = (PushedTurns if pushed else Turns)(manners.rules, _SECONDS)
        self._ear = _Ear(manners.before)
        self._agreement = Agreement()
        self._turn = 0
        self._written: dict[int, str] = {}
        self._ended: Ended | None = None
        """A turn that is over, and whose transcript is still being written."""
        self._sketched_at = 0.0
        self._blocks = 0
        self._over_answer = False
        """The present turn began while an answer could be heard."""
        self._echo_asked = False
        self._spoken: deque[str] = deque(maxlen=8)
        """Pieces that the loudspeaker said last."""
        self._sounding = self._thinking = False
        self._stopping = False

    # ── from other threads ───────────────────────────────────────────────────────────────────────

    def ask(self, data: Mapping[str, Any]) -> None:
        """Take a note of the parent's; see ``_asked`` for what there is."""
        self._inbox.put(_Asked(data))

    def tell(self, trouble: Trouble) -> None:
        """Take what happened to a device."""
        self._inbox.put(trouble)

    # ── the thread that decides ──────────────────────────────────────────────────────────────────

    def run(self) -> None:
        """Returns when the conversation is over; devices are left open."""
        pump = threading.Thread(target=self._pump, name="microphone", daemon=True)
        pump.start()
        over = waits = False
        try:
            while not (self._stopping or (over and self._at_rest())):
                if (item := self._next()) is not None:
                    over = over or isinstance(item, _End)
                    waits = waits or isinstance(item, Block)
                    self._take(item)
                if waits and not (self._manners.lockstep and self._working()):
                    waits = False
                    self._taken.release()
        finally:
            self._stopping = True
            self._taken.release()
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
        open = self._turns.is_open or self._ended is not None or self._thinking
        return not (open or self._working())

    def _pump(self) -> None:
        """Bring blocks into the queue one by one; a microphone keeps what comes meanwhile."""
        block, at = self._microphone.read(), self._clock.now()
        while block is not None and not self._stopping:
            at = block.at
            self._inbox.put(block)
            self._taken.acquire()
            block = self._microphone.read()
        self._inbox.put(_End())
        # Silence goes on behind a file, so that what was said last is answered and heard.
        silence = np.zeros(BLOCK, np.float32)
        while not self._stopping:
            at += _SECONDS
            self._clock.wait_until(at)
            self._inbox.put(Block(silence, at))
            self._taken.acquire()

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
            case Failed(error):
                self._failed(error)
            case EdgeomniError():
                self._failed(item)
            case Trouble(code, text):
                self._emit(events.Trouble(code, text))
            case _Asked(data):
                self._asked(data)

    def _failed(self, error: EdgeomniError) -> None:
        self._emit(events.Failure(error.code, error.happened))
        if self._ended is not None:  # nobody will write it any more
            self._ended = None
            self._emit(events.Nothing())

    # ── what is heard ────────────────────────────────────────────────────────────────────────────

    def _heard(self, block: Block) -> None:
        self._ear.take(block.samples)
        probability = self._probability(block.samples)
        self._level(block, probability)
        for step in self._turns.hear(block.at, probability):
            self._step(step)
        if self._turns.is_open:
            self._while_speaking(block.at)
        self._follow_answer(block.at)

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
                self._written.pop(number, None)
                self._emit(events.Resumed())
            case Ended():
                self._ended = step
                self._deliver()
            case Dropped():
                self._emit(events.Nothing())
                self._release_answer()

    def _began(self, at: float) -> None:
        self._turn += 1
        self._agreement = Agreement()
        self._ear.begin()
        self._sketched_at = at
        self._echo_asked = False
        self._over_answer = self._thinking or self._talker.talking
        if self._thinking and not self._talker.begun:
            self._fall_silent()  # the speaker goes on before there was an answer
        self._emit(events.Began(at))

    def _while_speaking(self, at: float) -> None:
        if self._over_answer and self._manners.interrupt:
            self._consider_interruption()
        waits = at - self._sketched_at < self._manners.sketch_every
        if not waits and self._scribe.idle:
            self._sketched_at = at
            self._scribe.sketch(self._turn, self._ear.turn())

    def _sketched(self, turn: int, text: str) -> None:
        if turn != self._turn or not self._turns.is_open:
            return
        if self._over_answer and self._talker.talking:
            self._judge_interruption(text)
            return
        certain, rest = self._agreement.take(text)
        self._emit(events.Partial(certain, rest))

    def _was_written(self, pause: int, text: str) -> None:
        if self._ended is not None and pause == self._ended.number:
            self._written[pause] = text
            self._deliver()
        elif self._turns.is_open:
            self._written[pause] = text
            self._turns.understood(pause, unfinished=looks_unfinished(text))
            if text and not self._over_answer:
                self._emit(events.Draft(pause, text))

    def _deliver(self) -> None:
        """Hand over the turn that is over, once its transcript is there."""
        ended = self._ended
        if ended is None or ended.number not in self._written:
            return
        self._ended = None
        text = self._written.pop(ended.number)
        self._written.clear()
        now = self._clock.now()
        over_answer, self._over_answer = self._over_answer, False
        if over_answer and self._is_no_turn(text):
            self._emit(events.Nothing())
            self._release_answer()
            return
        if not text:
            self._emit(events.Nothing())
            return
        if over_answer:
            self._interrupted(self._talker.stop())
        if _plain(text) in self._manners.stop_words:
            self._emit(events.Stopped(text))
            return
        self._expect_answer()
        spoken = round(ended.spoken, 3)
        self._emit(events.Utterance(ended.number, text, ended.speech_end, ended.at, now, spoken))

    # ── speaking over an answer ──────────────────────────────────────────────────────────────────

    def _consider_interruption(self) -> None:
        if not self._talker.talking:
            return
        spoken = self._turns.spoken
        if spoken >= self._manners.duck_after:
            self._speaker.duck(True)
        if spoken < self._manners.stop_after:
            return
        if self._manners.cancels_echo:
            self._fall_silent()
        elif not self._echo_asked:  # who speaks is only known from what is said
            self._echo_asked = True
            self._sketched_at = self._clock.now()
            self._scribe.sketch(self._turn, self._ear.turn())

    def _judge_interruption(self, text: str) -> None:
        """Words over an answer: a person's, or the answer's own from the loudspeaker."""
        if not text or is_echo(text, " ".join(self._spoken)):
            self._echo_asked = False
            return
        self._fall_silent()

    def _fall_silent(self) -> None:
        self._talker.hold()
        self._speaker.duck(False)
        self._emit(events.Held())

    def _release_answer(self) -> None:
        """It was no interruption: the answer goes on."""
        self._speaker.duck(False)
        if self._talker.held:
            self._talker.go_on()
            self._emit(events.GoesOn())
        self._over_answer = False

    def _is_no_turn(self, text: str) -> bool:
        plain = _plain(text)
        if not plain or plain in self._manners.nods:
            return True
        return not self._manners.cancels_echo and is_echo(text, " ".join(self._spoken))

    def _interrupted(self, heard: Heard | None) -> None:
        self._thinking = self._sounding = False
        self._speaker.duck(False)
        far = events.Interrupted(heard.piece, round(heard.share, 4)) if heard else None
        self._emit(far or events.Interrupted())

    # ── the answer ───────────────────────────────────────────────────────────────────────────────

    def _follow_answer(self, at: float) -> None:
        if not self._thinking or self._talker.held:
            return
        if not self._sounding and self._talker.begun:
            self._sounding = True
            self._emit(events.FirstAudio(at))
        if self._talker.done:
            self._thinking = self._sounding = False
            self._emit(events.Said(at, self._speaker.underruns))

    def _expect_answer(self) -> None:
        self._thinking, self._sounding = True, False
        self._talker.begin()

    def _asked(self, data: Mapping[str, Any]) -> None:
        match data["do"]:
            case "begin":
                self._expect_answer()
            case "say":
                self._spoken.append(data["text"])
                self._talker.say(Piece(data["piece"], data["text"]))
            case "finish":
                self._talker.finish()
            case "hush":
                self._interrupted(self._talker.stop())
            case "press" if isinstance(self._turns, PushedTurns):
                self._press()
            case "release" if isinstance(self._turns, PushedTurns):
                for step in self._turns.release(self._clock.now()):
                    self._step(step)
            case "end":
                self._stopping = True

    def _press(self) -> None:
        """Whoever presses the key wants the word."""
        assert isinstance(self._turns, PushedTurns)
        if self._talker.talking:
            self._interrupted(self._talker.stop())
        for step in self._turns.press(self._clock.now()):
            self._step(step)


class _Ear:
    """The sound of the present turn, with a little from before it."""

    def __init__(self, before: float) -> None:
        self._before: deque[Samples] = deque(maxlen=max(1, round(before / _SECONDS) + 4))
        self._turn: list[Samples] | None = None

    def take(self, samples: Samples) -> None:
        self._before.append(samples)
        if self._turn is not None:
            self._turn.append(samples)

    def begin(self) -> None:
        """A turn has begun, a few blocks ago."""
        self._turn = list(self._before)

    def turn(self) -> Samples:
        """All of it up to now, the last 28 s at most."""
        blocks = self._turn or list(self._before)
        most = int(28.0 / _SECONDS)
        return np.concatenate(blocks[-most:])


def _plain(text: str) -> str:
    """Its words in small letters, without marks."""
    kept = "".join(c if c.isalnum() or c in " '" else " " for c in text.casefold())
    return " ".join(kept.split())
