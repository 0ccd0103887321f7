"""A spoken conversation: what is understood is asked, what is answered is spoken.

An answer is thought of from the first short pause on; it is heard once the turn is over, and taken
back when the speaker goes on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from edgeomni.assistant import Assistant
from edgeomni.errors import WorkerDied
from edgeomni.loops.answer import Answer, Listener, Question, Way
from edgeomni.loops.wake import WakePhrase
from edgeomni.loops.warmth import Warmth
from edgeomni.ports import Talk
from edgeomni.speech.ears.windows import RATE
from edgeomni.talk_events import (
    Began,
    Draft,
    Event,
    FirstAudio,
    Interrupted,
    Nothing,
    Partial,
    Paused,
    Reached,
    Ready,
    Resumed,
    Said,
    Saved,
    Stopped,
    Trouble,
    Utterance,
)
from edgeomni.values import AudioClip, EngineEvent, Options, Part


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn, as it went. Times are seconds after the speaker's last sound, but for the last.

    -1 stands for what never came, and for what the clock of the conversation does not know.
    """

    asked: str
    answered: str
    """What was heard of the answer."""
    committed: float
    """Until it was decided that the turn is over."""
    understood: float
    """Until its words were known as well."""
    first_token: float
    """Until the model's first; before ``committed`` where it was thought of ahead."""
    first_piece: float
    """Until there was a clause to speak."""
    first_audio: float
    """Until the answer could be heard."""
    interrupted: bool
    spoken: float
    """Seconds of speech in what was asked."""
    heard_file: str = ""
    """Where what was asked is saved; empty where it is not."""
    spoken_file: str = ""
    """Where what was heard of the answer is saved; empty where it is not."""


_FALSE_START = 2
"""Words of an answer that may have been heard when the speaker goes on."""


class Face(Listener, Protocol):
    """Who sees the conversation. Called on two threads, never at the same time."""

    def event(self, event: Event) -> None:
        """Everything that happens, in order."""
        ...

    def asked(self, text: str) -> None:
        """That is answered now; ``answer`` tells how that grows."""
        ...

    def turn(self, turn: Turn) -> None:
        """A turn is over, and so is its answer."""
        ...

    def failed(self, answer: Answer) -> None:
        """There is no answer; ``answer.error`` says why."""
        ...


class _OneAtATime:
    """Keeps answers, which are told on a thread of their own, and the rest apart."""

    def __init__(self, face: Face) -> None:
        self._face = face
        self._lock = threading.Lock()

    def answer(self, event: EngineEvent) -> None:
        with self._lock:
            self._face.answer(event)

    def event(self, event: Event) -> None:
        with self._lock:
            self._face.event(event)

    def asked(self, text: str) -> None:
        with self._lock:
            self._face.asked(text)

    def turn(self, turn: Turn) -> None:
        with self._lock:
            self._face.turn(turn)

    def failed(self, answer: Answer) -> None:
        with self._lock:
            self._face.failed(answer)


class VoiceLoop:
    """Leads one conversation from its first event to its last."""

    def __init__(
        self,
        talk: Talk,
        assistant: Assistant,
        options: Options,
        face: Face,
        *,
        ahead: bool = True,
        timed: bool = True,
        native: bool = False,
        wake: WakePhrase | None = None,
        show: Callable[[], list[Part]] = list,
        english: bool = True,
        otherwise: Callable[[str], list[Part] | None] = lambda asked: None,
        hold: Callable[[bool], None] = lambda on: None,
    ) -> None:
        """``ahead`` thinks of answers before turns are over; ``timed``, unless the conversation has
        a time of its own, as with files that are read fast; ``native`` for a model that is given
        the sound of what is said; ``show``, ``english`` and ``otherwise`` as in ``Way``. ``hold``
        is told when an answer may begin to change the history of the assistant, and when none does
        any more.

        With ``wake``, only what is said to it is answered.
        """
        self._talk = talk
        self._assistant = assistant
        self._way = Way(options, show, english, otherwise)
        self._face: Face = _OneAtATime(face)
        self._ahead = ahead
        self._timed = timed
        self._native = native
        self._wake = wake
        self._hold = hold
        self._warmth = Warmth(assistant, show)
        self._early: Answer | None = None
        """Thought of, and not to be heard yet."""
        self._answer: Answer | None = None
        """To be heard, or heard."""
        self._utterance: Utterance | None = None
        self._reached: Reached | None = None
        """Of the answer that is being heard."""
        self._first_audio = -1.0
        self._saved: dict[str, str] = {}
        """Files of the present turn, by who speaks in them."""
        self._spoken_at = 0.0
        """When somebody spoke last, as far as is known."""
        self._ended = 0.0
        """When the last answer was over."""
        self._before = Question()
        """What was asked and never answered: the speaker went on."""

    def tell(self, trouble: Trouble) -> None:
        """Show something that happened beside the conversation; from any thread."""
        self._face.event(trouble)

    def run(self) -> None:
        """Until the conversation is over. Raises what ``Talk.events`` raises."""
        try:
            for event in self._talk.events():
                self._face.event(event)
                self._take(event)
                if self._early is None and self._answer is None:
                    self._hold(False)
        except WorkerDied:
            if self._reached is not None:
                self._cut(self._reached.piece, self._reached.share)
            raise
        finally:
            self._warmth.stop()
            self._take_back()
            if self._answer is not None:
                self._answer.stop()
            self._hold(False)

    def _take(self, event: Event) -> None:
        match event:
            case Ready():
                self._warm("")
            case Began(at) | Paused(speech_end=at):
                self._spoken_at = at
            case Partial(certain=words) if not self._native:
                if (asked := self._asked(words)) is not None:
                    self._warm(asked)
            case Draft():
                self._drafted(event)
            case Resumed() | Nothing():
                self._take_back()
            case Stopped():
                self._take_back()
                self._before = Question()
            case Utterance():
                self._reply(event)
            case FirstAudio(at):
                self._first_audio = at
            case Saved(who, name):
                self._saved[who] = name
            case Reached():
                self._reached = event
            case Interrupted(piece, share):
                self._interrupted(piece, share)
            case Said(at):
                self._ended = at
                self._over(interrupted=False)

    def _warm(self, words: str) -> None:
        if self._ahead and self._answer is None and self._early is None:
            self._warmth.ahead(self._before.then(words).text)

    def _asked(self, words: str) -> str | None:
        """What a turn asks us with these words so far; None for what is meant for others."""
        return words if self._wake is None else self._wake.asked(words, self._spoken_at)

    def _drafted(self, draft: Draft) -> None:
        """One answer is enough to think of, and what is said to others is none of the model's."""
        text = self._asked(draft.text)
        if not self._ahead or self._answer is not None or not text:
            self._talk.foresee(draft.pause, None)
            return
        self._take_back()
        asked = self._question(text, draft.sound)
        self._early = self._new(asked, partial(self._talk.foresee, draft.pause))

    def _take_back(self) -> None:
        early, self._early = self._early, None
        if early is not None:
            early.stop()
            if early.text or early.receipt:
                self._assistant.take_back()

    def _reply(self, utterance: Utterance) -> None:
        self._over(interrupted=True)  # nobody should have asked before; two cannot be answered
        text: str | None = utterance.text
        if self._wake is not None:
            text = self._wake.calls(utterance.text, utterance.speech_end)
        if not text:  # meant for somebody else, or the phrase alone
            self._take_back()
            self._talk.finish()
            return
        if self._wake is not None:
            self._talk.accept()
        whole, self._before = self._question(text, utterance.sound), Question()
        self._face.asked(whole.text)
        answer = self._early
        if answer is None or answer.asked != whole or answer.error is not None:
            self._take_back()
            answer = self._new(whole)
        self._answer, self._early = answer, None
        self._utterance, self._first_audio, self._saved = utterance, -1.0, {}
        answer.release()

    def _question(self, text: str, sound: bytes) -> Question:
        """With what was asked before and never answered."""
        return self._before.then(text, [AudioClip(sound, RATE)] if sound else [])

    def _new(
        self, asked: Question, foresee: Callable[[float | None], None] | None = None
    ) -> Answer:
        self._warmth.stop()
        self._hold(True)
        return Answer(self._assistant, self._talk, self._face, asked, self._way, foresee)

    def _interrupted(self, piece: int, share: float) -> None:
        answer = self._answer
        if answer is None:
            return
        answer.stop()
        # Who goes on so soon had not finished: both parts are one question.
        if len((heard := answer.heard_until(piece, share)).split()) <= _FALSE_START:
            self._before = answer.asked
            if answer.text or answer.receipt:
                self._assistant.take_back()
            self._over(interrupted=True, heard=heard)
        else:
            self._cut(piece, share)

    def _cut(self, piece: int, share: float) -> None:
        """The answer ends with what was heard of it."""
        if self._answer is not None:
            self._answer.stop()
            heard = self._answer.heard_until(piece, share)
            self._assistant.cut(heard)
            self._over(interrupted=True, heard=heard)

    def _over(self, *, interrupted: bool, heard: str = "") -> None:
        answer, asked = self._answer, self._utterance
        self._answer = self._utterance = self._reached = None
        if answer is None or asked is None:
            return
        answer.stop()
        if answer.error is not None:
            self._face.failed(answer)
        end = asked.speech_end
        if self._wake is not None and self._first_audio >= 0:
            # Nobody tells when an answer was silenced; somebody spoke then, unless it was by key.
            cut = max(self._first_audio, self._spoken_at)
            self._wake.answered(cut if interrupted else self._ended)
        self._face.turn(
            Turn(
                asked=answer.asked.text,
                answered=heard if interrupted else answer.text,
                committed=asked.committed - end,
                understood=asked.understood - end,
                first_token=self._after(end, answer.first_token),
                first_piece=self._after(end, answer.first_piece),
                first_audio=self._first_audio - end if self._first_audio >= 0 else -1.0,
                interrupted=interrupted,
                spoken=asked.spoken,
                heard_file=self._saved.get("you", ""),
                spoken_file=self._saved.get("edgeomni", ""),
            )
        )

    def _after(self, end: float, moment: float) -> float:
        """Seconds from ``end`` to a moment of this machine's clock, 0 for none."""
        return moment - end if moment and self._timed else -1.0
