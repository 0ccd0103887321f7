"""The live picture for a question: it is in the chat's cache before anybody asks."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from edgeomni.album import pictures
from edgeomni.assistant import Assistant
from edgeomni.errors import MediaError
from edgeomni.loops.watch.alike import Sketch, alike, sketch
from edgeomni.ports import Cancel, Sight
from edgeomni.values import Fit, Image, Part
from edgeomni.watch_events import Picture

NO_PICTURE = "no-picture"
"""The code of errors that say so, of the present or of the past."""


def no_picture() -> MediaError:
    return MediaError(
        "There is no picture of the present.",
        works="What was seen before can be asked about with /before.",
        remedy="Ask again once the picture is back.",
        code=NO_PICTURE,
    )


@dataclass(frozen=True, slots=True)
class _Known:
    picture: Picture
    sketch: Sketch


class LivePicture:
    """What the sight shows now; as long as nothing changes it is one picture, pixel by pixel.

    From any thread.
    """

    def __init__(self, sight: Sight, assistant: Assistant, *, plain: bool) -> None:
        """``plain`` for a model that knows one picture at a time: a new one begins anew."""
        self._sight = sight
        self._assistant = assistant
        self._plain = plain
        self._lock = threading.Lock()
        self._known: _Known | None = None

    def now(self, fit: Fit) -> Picture | None:
        """None where there is none of the present."""
        found = self._sight.newest(fit)
        if found is None:
            return None
        with self._lock:
            known = self._known
            if known is not None and found.number == known.picture.number:
                return known.picture
            drawn = sketch(found.image)
            if known is not None and alike(known.sketch, drawn):
                return known.picture
            self._known = _Known(found, drawn)
            return found

    def parts(self, image: Image) -> list[Part]:
        """What to show of it before a question: nothing where the last question was about it."""
        shown = pictures(self._assistant.history)
        if shown and shown[-1] is image:
            return []
        if self._plain and shown:
            self._assistant.clear()
        return [image]

    def prepare(self, picture: Picture, cancel: Cancel) -> None:
        """Have it evaluated for a question, unless one like it is. Raises EdgeomniError."""
        fresh = _Known(picture, sketch(picture.image))
        with self._lock:
            if self._known is not None and alike(self._known.sketch, fresh.sketch):
                return
        parts = self.parts(picture.image)
        if parts:
            receipt = self._assistant.prepare(parts, cancel)
            if receipt.finish_reason == "cancelled":
                return
        with self._lock:
            self._known = fresh

    def forget(self) -> None:
        """What was there is the past."""
        with self._lock:
            self._known = None
