"""One answer on its way from the model to the loudspeaker, on a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Protocol

from edgeomni.assistant import Assistant
from edgeomni.errors import EdgeomniError, EngineError
from edgeomni.ports import Cancel, Talk
from edgeomni.speech.voices.heard import beginning
from edgeomni.speech.wording.clauses import Clauses, Piece
from edgeomni.values import (
    AudioClip,
    EngineEvent,
    Finished,
    Options,
    Part,
    Receipt,
    TextDelta,
)


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asked, in one go or in several."""

    text: str = ""
    sounds: tuple[AudioClip, ...] = ()
    """What was said, for models that hear it themselves; the text is then for people."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """As a model is asked it."""
        return self.sounds or (self.text,)

    def then(self, text: str, sounds: Sequence[AudioClip] = ()) -> Question:
        """The same question when it goes on."""
        return Question(f"{self.text} {text}".strip(), (*self.sounds, *sounds))


@dataclass(frozen=True, slots=True)
class Way:
    """How all answers of a conversation are given."""

    options: Options
    show: Callable[[], list[Part]] = list
    """Gives what stands before a question, such as the picture of a camera."""
    english: bool = True
    """As in ``Clauses``."""
    otherwise: Callable[[str], list[Part] | None] = lambda asked: None
    """Gives what is asked in the place of both, by the words of a question; None for most."""

    def parts(self, asked: Question) -> list[Part]:
        """What the model is asked. Raises what these raise."""
        return self.otherwise(asked.text) or [*self.show(), *asked.parts]


class Listener(Protocol):
    """Who is told, on the answer's thread, how it grows."""

    def answer(self, event: EngineEvent) -> None:
        """An event of an answer that will be heard."""
        ...


class Answer:
    """Is thought of at once, and said only when it is released.

    Who makes one sees to it that no other is being thought of: an assistant has one answer at a
    time.
    """

    def __init__(
        self,
        assistant: Assistant,
        talk: Talk,
        listener: Listener,
        asked: Question,
        way: Way,
        foresee: Callable[[float | None], None] | None = None,
    ) -> None:
        """``foresee`` is told first, and once, how likely the question is whole: see ``Engine``."""
        self.asked = asked
        self.text = ""
        self.receipt: Receipt | None = None
        self.error: EdgeomniError | None = None
        self.first_token = self.first_piece = 0.0
        """When they came, by the clock of this machine; 0 before."""
        self._assistant = assistant
        self._talk = talk
        self._listener = listener
        self._way = way
        self._foresee = foresee
        self._cancel = Cancel()
        self._clauses = Clauses(english=way.english)
        self._pieces: list[Piece] = []
        self._events: list[EngineEvent] = []
        self._said = 0
        self._told = 0
        self._released = self._whole = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._think, name="answer", daemon=True)
        self._thread.start()

    def release(self) -> None:
        """Let it be heard, as far as it is there, and the rest as it comes."""
        with self._lock:
            self._released = True
            self._hand_over()

    def stop(self) -> None:
        """Think no further; returns when the assistant is free."""
        self._cancel.ask()
        self._thread.join()

    def heard_until(self, piece: int, share: float) -> str:
        """The text up to what was heard; ``piece`` and ``share`` as in ``Interrupted``."""
        with self._lock:
            if not 0 <= piece < len(self._pieces):
                return ""
            last = self._pieces[piece]
            written = self.text[last.start : last.end]
            return self.text[: last.start] + beginning(written, last.spoken, share)

    def _think(self) -> None:
        try:
            parts = self._foreseen()
            with closing(self._assistant.reply(parts, self._way.options, self._cancel)) as events:
                for event in events:
                    self._take(event)
        except EdgeomniError as error:
            self.error = error
        except Exception as error:  # else the conversation would wait for the rest for ever
            logging.getLogger(__name__).exception("an answer broke off")
            self.error = EngineError(f"The answer broke off: {error}."[:300])
        with self._lock:
            if not self._cancel.asked:
                self._pieces += self._clauses.end()
            if self._pieces:
                self.first_piece = self.first_piece or time.monotonic()
            self._whole = True
            if self._released:
                self._hand_over()

    def _foreseen(self) -> list[Part]:
        """What is asked; whatever goes wrong, somebody waits to be told how likely it is whole."""
        ends: float | None = None
        try:
            parts = self._way.parts(self.asked)
            if self._foresee is not None:
                with suppress(EdgeomniError):  # the answer will meet the same, and say so
                    ends = self._assistant.ending(parts, self._cancel)
        finally:
            if self._foresee is not None:
                self._foresee(ends)
        return parts

    def _take(self, event: EngineEvent) -> None:
        with self._lock:
            self._events.append(event)
            if isinstance(event, TextDelta):
                self.first_token = self.first_token or time.monotonic()
                self.text += event.text
                self._pieces += self._clauses.feed(event.text)
                if self._pieces:
                    self.first_piece = self.first_piece or time.monotonic()
            elif isinstance(event, Finished):
                self.receipt = event.receipt
            if self._released:
                self._hand_over()

    def _hand_over(self) -> None:
        """What is there and was not handed over yet; with the lock held."""
        for event in self._events[self._told :]:
            self._listener.answer(event)
        self._told = len(self._events)
        for number in range(self._said, len(self._pieces)):
            self._talk.say(number, self._pieces[number].spoken)
        self._said = len(self._pieces)
        if self._whole:
            self._talk.finish()
