"""How a spoken question of a watch is told to whoever sees the watch: as a typed one is."""

from __future__ import annotations

from collections.abc import Callable

from edgeomni.cli.watch_together import Together
from edgeomni.loops.answer import Answer
from edgeomni.loops.voice import Turn
from edgeomni.loops.watch.asking import NO_PICTURE
from edgeomni.loops.watch.told import Answered
from edgeomni.talk_events import (
    Began,
    Event,
    Failure,
    FirstAudio,
    GoesOn,
    Held,
    Interrupted,
    Nothing,
    Partial,
    Ready,
    Resumed,
    Said,
    Stopped,
    Trouble,
    Utterance,
)
from edgeomni.values import EngineEvent, Finished, Image, Receipt, TextDelta


class EarFace:
    """Implements ``Face`` of a conversation for those who see a watch."""

    def __init__(
        self,
        together: Together,
        shown: Callable[[], tuple[float, Image | None]],
        speak: Callable[[str], None],
    ) -> None:
        """``shown`` as of ``WatchLoop``; ``speak`` says something, and never waits."""
        self._together, self._shown, self._speak = together, shown, speak
        self._asked: str | None = None
        """What is being answered, and not told to be."""
        self._text = ""
        self.understood = False
        """Something was said to it."""

    def event(self, event: Event) -> None:
        self.understood = self.understood or isinstance(event, Utterance | Stopped)
        match event:
            case Ready(microphone=microphone, turns=turns):
                name = microphone or "the microphone"
                self._together.notice(f"listening to {name}, turns {turns}")
                self._together.hearing("listening", "")
            case Began():
                self._together.hearing("you speak", "")
            case Partial(certain, rest):
                self._together.hearing("you speak", f"{certain} {rest}".strip())
            case Utterance(text=text):
                self._together.hearing("thinking", text)
            case FirstAudio() | GoesOn():
                self._together.hearing("speaking", "")
            case Nothing() | Resumed() | Held() | Interrupted() | Stopped() | Said():
                self._together.hearing("listening", "")
            case Trouble(text=text) | Failure(text=text):
                self._together.notice(text)

    def asked(self, text: str) -> None:
        self._asked, self._text = text, ""
        self._together.answering(text)

    def answer(self, event: EngineEvent) -> None:
        self._together.answer(event)
        match event:
            case TextDelta(text):
                self._text += text
            case Finished(receipt):
                self._answered(receipt)

    def turn(self, turn: Turn) -> None:
        """An answer that was interrupted before its end has none of its own."""
        self._answered(Receipt(finish_reason="cancelled"))

    def failed(self, answer: Answer) -> None:
        """Who asked by voice may not see what is written. Without a picture that is the answer."""
        error = answer.error
        if error is None:
            return
        self._speak(error.happened)
        if error.code == NO_PICTURE:
            self._text = error.happened
            self._answered(Receipt())
            return
        self._asked = None
        self._together.failed(error)

    def _answered(self, receipt: Receipt) -> None:
        asked, self._asked = self._asked, None
        if asked is None:
            return
        at, image = self._shown()
        self._together.answered(Answered(at, asked, self._text, image, receipt, spoken=True))
