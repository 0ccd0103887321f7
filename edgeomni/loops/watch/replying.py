"""Questions of a watch and their answers: about the live picture, or about what was before it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from edgeomni.assistant import Assistant
from edgeomni.errors import MediaError
from edgeomni.loops.watch.asking import NO_PICTURE, LivePicture
from edgeomni.loops.watch.past import Past
from edgeomni.loops.watch.told import Answered, WatchFace
from edgeomni.ports import Cancel
from edgeomni.values import Finished, Image, Options, Part, Receipt, TextDelta
from edgeomni.watch_events import Picture

_BLIND = (
    "There is no picture of the present: the source is lost, paused or not open yet. "
    "What was there before can be asked with /before."
)


@dataclass(frozen=True, slots=True)
class Replies:
    assistant: Assistant
    options: Options
    live: LivePicture
    past: Past
    face: WatchFace

    def reply(self, asked: str, picture: Picture | None, now: float, cancel: Cancel) -> bool:
        """Whether the live picture has to be made ready anew. Raises EdgeomniError.

        ``picture`` is the live one, None while there is none; ``now`` is in seconds since the watch
        began.
        """
        self.face.answering(asked)
        image = picture.image if picture else None
        at = picture.at if picture else now
        past = self.past.parts(asked, at, image)
        if isinstance(past, str) or (past is None and image is None):
            self.face.answered(Answered(at, asked, past or _BLIND, image, Receipt()))
            return False
        if past is None and image is not None:
            parts: list[Part] = [*self.live.parts(image), asked]
        else:
            parts = past or []
            if self.past.plain:
                self.assistant.clear()
        self._answer(asked, parts, image, at, cancel)
        if past is None:
            return False
        self.live.forget()  # other pictures have taken its place in the cache
        return True

    def past_parts(self, asked: str, at: float, image: Image | None) -> list[Part] | None:
        """What a question about the past is asked as by somebody else; None for one that is not.

        Raises MediaError where nothing is remembered.
        """
        past = self.past.parts(asked, at, image)
        if isinstance(past, str):
            raise MediaError(past, code=NO_PICTURE)
        if past is not None:
            if self.past.plain:
                self.assistant.clear()
            self.live.forget()  # other pictures take its place in the cache
        return past

    def _answer(
        self, asked: str, parts: list[Part], image: Image | None, at: float, cancel: Cancel
    ) -> None:
        text, receipt = "", Receipt(finish_reason="cancelled")
        with closing(self.assistant.reply(parts, self.options, cancel)) as events:
            for event in events:
                self.face.answer(event)
                if isinstance(event, TextDelta):
                    text += event.text
                elif isinstance(event, Finished):
                    receipt = event.receipt
        self.face.answered(Answered(at, asked, text, image, receipt))
