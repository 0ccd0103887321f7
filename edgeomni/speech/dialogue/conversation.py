"""A spoken conversation: what is heard becomes turns, what is to be said becomes sound.

One thread decides, and takes everything from one queue: blocks of the microphone, what the scribe
found out, what the parent wants. So nothing here needs a lock, and every decision has an order.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from edgeomni import talk_events as events
from edgeomni.errors import EdgeomniError
from edgeomni.speech.devices.sound_io import Block, Clock, Microphone, Speaker, Trouble
from edgeomni.speech.dialogue.archive import Archive
from edgeomni.speech.dialogue.hearing import Emit, Hearing, Probability, Understands
from edgeomni.speech.dialogue.manners import Manners
from edgeomni.speech.dialogue.pump import Broken, NoMore, Pump, Pumped
from edgeomni.speech.dialogue.saving import Saving
from edgeomni.speech.dialogue.spoken_answer import SpokenAnswer
from edgeomni.speech.dialogue.talker import Piece, Speak, Talker
from edgeomni.speech.ears.scribe import (
    Failed,
    Judged,
    Note,
    Scribe,
    Sketched,
    Understanding,
    Written,
)

_GLANCE = 0.005
"""Seconds between two looks at whether others are still at work."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Something the parent wants."""

    data: Mapping[str, Any]


Item: TypeAlias = Pumped | Note | Trouble | _Asked | EdgeomniError


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
        archive: Archive | None = None,
    ) -> None:
        """With ``archive`` what was said and what was answered is saved."""
        self._manners = manners
        self._emit = emit
        self._inbox: queue.Queue[Item] = queue.Queue()
        self._pump = Pump(microphone, clock, self._inbox.put)
        self._scribe = Scribe(understand, self._inbox.put)
        self._judge = Scribe(understand, self._inbox.put)
        self._talker = Talker(speaker, speak, self._inbox.put)
        saving = Saving(archive, emit, named=bool(manners.wake))
        self._saving = saving
        self._answer = SpokenAnswer(self._talker, speaker, emit, saving)
        understands = Understands(self._scribe, self._judge, probability)
        self._hearing = Hearing(manners, understands, self._answer, saving, clock=clock, emit=emit)
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
            if self._answer.under_way:
                self._answer.stop()
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
        thinking = self._answer.under_way and not self._talker.complete
        thinking = thinking or self._hearing.awaits_model
        return busy or thinking or not self._inbox.empty()

    def _at_rest(self) -> bool:
        """Nothing is under way any more."""
        open = self._hearing.is_amid_a_turn or self._answer.under_way
        return not (open or self._working())

    def _take(self, item: Item) -> None:
        match item:
            case Block():
                self._hearing.hear(item)
            case Sketched(turn, text):
                self._hearing.sketched(turn, text)
            case Judged(pause, complete):
                self._hearing.judged(pause, complete)
            case Written(pause, text, took):
                self._hearing.paced(took)
                self._hearing.written(pause, text)
            case Failed(error, pause):
                self._failed(error, pause)
            case EdgeomniError():
                self._failed(item, None)
            case Trouble(code, text):
                self._emit(events.Trouble(code, text))
            case Broken(error):
                raise error
            case NoMore():
                self._hearing.release()
            case _Asked(data):
                self._asked(data)

    def _failed(self, error: EdgeomniError, pause: int | None) -> None:
        """What nobody waits for is complained about once: it may fail at every pause."""
        if pause is not None or error.happened not in self._complaints:
            self._emit(events.Failure(error.code, error.happened))
        if pause is None:
            self._complaints.add(error.happened)
        else:
            self._hearing.written(pause, "")

    def _asked(self, data: Mapping[str, Any]) -> None:
        answer = self._answer
        match data["do"]:
            case "foresee":
                self._hearing.foreseen(data["pause"], data["ends"])
            case "begin" if not answer.under_way or answer.is_unasked:
                if answer.under_way:
                    answer.stop()
                self._saving.forget()
                self._hearing.expect_answer(data["to"])
            case "accept":
                self._saving.meant(data["to"])
            case "say" if answer.is_to(data["to"]):
                answer.say(Piece(data["piece"], data["text"]))
            case "finish" if answer.is_to(data["to"]):
                answer.finish()
            case "hush" if answer.under_way:
                answer.stop()
                self._emit(events.Stopped(""))
            case "press":
                self._hearing.press()
            case "release":
                self._hearing.release()
            case "end":
                self._stopping = True
