"""What is said in a conversation though nobody asked: only while nobody speaks or is answered.

There is one loudspeaker: who cancels its echo, and who knows our own words, must know all it says.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from edgeomni.ports import Cancel, Talk
from edgeomni.speech.wording.clauses import Clauses, Piece
from edgeomni.talk_events import (
    Began,
    Event,
    FirstAudio,
    GoesOn,
    Held,
    Interrupted,
    Nothing,
    Reached,
    Ready,
    Said,
    Stopped,
    Utterance,
)

_GLANCE = 0.1
"""Seconds between two looks at whether something is wanted any longer: a cancel may come from a
signal handler, which can wake nobody."""


@dataclass(slots=True, eq=False)
class _Aside:
    pieces: list[Piece]
    over: bool = False


class Asides:
    """Implements ``Talk`` around another one, whose events do not tell of asides.

    They begin on the thread that takes the events, between two of them: there it is known whether
    a turn is open, and no answer to one can come in between.
    """

    def __init__(self, talk: Talk, *, english: bool = True) -> None:
        """``english`` as in ``Clauses``."""
        self._talk, self._english = talk, english
        self._change = threading.Condition()
        self._wanted: _Aside | None = None
        self._begun: deque[_Aside] = deque()
        """Begun, and not told to be over."""
        self._speaks = self._open = self._over = self._listens = False

    @property
    def over(self) -> bool:
        """Nothing is heard or said any more."""
        return self._over

    def speak(self, text: str, cancel: Cancel) -> bool:
        """Say it when its time has come, in the place of an aside that is being said.

        Returns when it was heard, was interrupted or is not wanted any more; False where nothing
        can be said because the conversation is over.
        """
        wanted = self._aside(text)
        with self._change:
            if self._over or not wanted.pieces:
                return not self._over
            self._want(wanted)
            while not (wanted.over or cancel.asked or self._over):
                self._change.wait(_GLANCE)
            if self._wanted is wanted:
                self._wanted = None
            return wanted.over or not self._over

    def post(self, text: str) -> None:
        """The same, without waiting for it."""
        with self._change:
            self._want(self._aside(text))

    def settle(self, cancel: Cancel) -> None:
        """Wait until what was asked is answered and what is said was heard."""
        with self._change:
            while not (cancel.asked or self._over or self._quiet):
                self._change.wait(_GLANCE)

    def _aside(self, text: str) -> _Aside:
        clauses = Clauses(english=self._english)
        return _Aside([*clauses.feed(text), *clauses.end()])

    # ── as a conversation ────────────────────────────────────────────────────────────────────────

    def events(self) -> Iterator[Event]:
        try:
            for event in self._talk.events():
                with self._change:
                    tells = self._take(event)
                if tells:
                    yield event
                self._go_on()
        finally:
            with self._change:
                self._over = True
                self._change.notify_all()

    def foresee(self, pause: int, ends: float | None) -> None:
        self._talk.foresee(pause, ends)

    def accept(self) -> None:
        self._talk.accept()

    def begin(self) -> None:
        self._talk.begin()

    def say(self, piece: int, text: str) -> None:
        self._talk.say(piece, text)

    def finish(self) -> None:
        self._talk.finish()

    def hush(self) -> None:
        self._talk.hush()

    def press(self) -> None:
        self._talk.press()

    def release(self) -> None:
        self._talk.release()

    def end(self) -> None:
        self._talk.end()

    def close(self) -> None:
        self._talk.close()

    # ── with the lock held ───────────────────────────────────────────────────────────────────────

    @property
    def _quiet(self) -> bool:
        return not (self._open or self._speaks or self._begun or self._wanted)

    def _want(self, aside: _Aside | None) -> None:
        if self._wanted:
            self._wanted.over = True
        self._wanted = aside
        self._change.notify_all()

    def _take(self, event: Event) -> bool:
        """Whether it is told: not, where it is about an aside."""
        match event:
            case Ready():  # it may be for the second time, in the place of one that broke off
                self._listens, self._speaks = True, False
                while self._begun:
                    self._ends()
            case Began():
                self._speaks = True
            case Nothing():
                self._speaks = False
            case Stopped():
                self._speaks = False
                self._want(None)
            case Utterance():
                self._speaks, self._open = False, True
                while self._begun:  # they came too late to be begun: it is answered now
                    self._ends()
            case Said() | Interrupted():
                if self._begun:
                    self._ends()
                    return False
                self._open = False
            case FirstAudio() | Reached() | Held() | GoesOn():
                return not self._begun
        return True

    def _ends(self) -> None:
        self._begun.popleft().over = True
        self._change.notify_all()

    # ── on the thread of the events ──────────────────────────────────────────────────────────────

    def _go_on(self) -> None:
        with self._change:
            aside = self._wanted
            if aside is None or self._open or self._speaks or not self._listens:
                return
            self._wanted = None
            self._begun.append(aside)
        self._talk.begin()
        for number, piece in enumerate(aside.pieces):
            self._talk.say(number, piece.spoken)
        self._talk.finish()
