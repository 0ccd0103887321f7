"""Speaks an answer piece by piece, and knows which of its words were heard."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from edgeomni.errors import EdgeomniError, EngineError
from edgeomni.speech.devices.sound_io import Samples, Speaker
from edgeomni.speech.voices.utterance import share_said

_REMEMBERED = 8
"""Pieces that may still come back from the room."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A clause of an answer."""

    number: int
    """The caller's own."""
    text: str
    """As it is to be spoken."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How far an answer was heard."""

    piece: int
    """The last piece of which something was heard."""
    share: float
    """Of the words of that piece, by their length, from 0 to 1."""


@dataclass(slots=True)
class _Laid:
    """A piece, or a part of it, in the line of the speaker."""

    piece: Piece
    start: int
    """Position in the line, samples."""
    sound: Samples

    @property
    def end(self) -> int:
        return self.start + len(self.sound)


Speak = Callable[[str], Samples]
"""Text to sound at ``SPOKEN_RATE``. Raises EdgeomniError."""


class Talker:
    """One thread that synthesises; what is ready stands in the speaker's line."""

    def __init__(
        self, speaker: Speaker, speak: Speak, fail: Callable[[EdgeomniError], None]
    ) -> None:
        """``fail`` is told, on the thread, what could not be spoken."""
        self._speaker = speaker
        self._speak = speak
        self._fail = fail
        self._waiting: deque[Piece] = deque()
        self._in_hand: Piece | None = None
        """Being synthesised, to be heard."""
        self._laid: list[_Laid] = []
        self._rest: list[tuple[Piece, Samples]] = []
        """What stood in line when the answer was held."""
        self._spoken: deque[str] = deque(maxlen=_REMEMBERED)
        """Pieces of answers before this one."""
        self._changed = threading.Condition()
        self._closed = self._held = False
        self._stopped: Heard | None = None
        self._over = True
        self._thread = threading.Thread(target=self._work, name="talker", daemon=True)
        self._thread.start()

    # ── from the conversation ────────────────────────────────────────────────────────────────────

    def begin(self) -> None:
        """A new answer comes; what is left of the one before is forgotten."""
        with self._changed:
            self._spoken.extend(self._texts_begun())
            self._forget()
            self._laid.clear()
            self._held = self._over = False

    def say(self, piece: Piece) -> None:
        """Put a piece behind the others of this answer."""
        with self._changed:
            self._waiting.append(piece)
            self._changed.notify()

    def finish(self) -> None:
        """No more pieces come."""
        with self._changed:
            self._over = True

    @property
    def talking(self) -> bool:
        """Something of the answer can be heard, or will be without a further piece."""
        with self._changed:
            return not self._held and self._sounding()

    @property
    def held(self) -> bool:
        """It was stopped, and can go on."""
        return self._held

    @property
    def done(self) -> bool:
        """The whole answer was heard."""
        with self._changed:
            return self._over and not self._held and not self._sounding()

    @property
    def idle(self) -> bool:
        """Nothing is being synthesised, and nothing will be unless something happens."""
        with self._changed:
            return self._in_hand is None and (self._held or not self._waiting)

    @property
    def complete(self) -> bool:
        """All pieces of the answer have come, and nothing is being done about them."""
        with self._changed:
            return self._over and self._in_hand is None and (self._held or not self._waiting)

    @property
    def begun(self) -> bool:
        """The first sound of the answer has been heard."""
        with self._changed:
            return bool(self._laid) and self._speaker.heard > self._laid[0].start

    @property
    def lately(self) -> str:
        """What the loudspeaker said last: its last pieces, up to the one that is heard now."""
        with self._changed:
            return " ".join([*self._spoken, *self._texts_begun()][-_REMEMBERED:])

    def heard(self) -> Heard | None:
        """How far the answer was heard by now; None for nothing of it."""
        with self._changed:
            return self._stopped if self._held else self._heard_until(self._speaker.heard)

    def sounded(self) -> Samples:
        """All of the answer that was heard, once it is done or stopped; without the pauses between
        its pieces.
        """
        with self._changed:
            return np.concatenate([np.zeros(0, np.float32), *(laid.sound for laid in self._laid)])

    def hold(self) -> Heard | None:
        """Fall silent at once and remember what was not heard; says how far it got."""
        with self._changed:
            if not self._held:
                position = self._speaker.heard
                self._speaker.hush()
                self._stopped = self._heard_until(position)
                self._cut(position)
                self._held = True
            return self._stopped

    def go_on(self) -> None:
        """Say the rest after all."""
        with self._changed:
            if not self._held:
                return
            self._held = False
            rest, self._rest = self._rest, []
            for piece, sound in rest:
                self._lay(piece, sound)
            self._changed.notify()

    def stop(self) -> Heard | None:
        """Fall silent for good; says how far it got."""
        heard = self.hold()
        with self._changed:
            self._forget()
            self._held, self._over = False, True
        return heard

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._forget()
            self._changed.notify()

    # ── with the lock held ───────────────────────────────────────────────────────────────────────

    def _sounding(self) -> bool:
        ahead = bool(self._laid) and self._speaker.heard < self._laid[-1].end
        return ahead or self._in_hand is not None or bool(self._waiting)

    def _forget(self) -> None:
        self._waiting.clear()
        self._rest.clear()
        self._in_hand = None
        self._speaker.hush()

    def _cut(self, position: int) -> None:
        """Divide what is in line into what was heard and the rest."""
        self._rest = [
            (laid.piece, laid.sound[max(0, position - laid.start) :])
            for laid in self._laid
            if laid.end > position
        ]
        self._laid = [laid for laid in self._laid if laid.start < position]
        for laid in self._laid:
            laid.sound = laid.sound[: position - laid.start]

    def _lay(self, piece: Piece, sound: Samples) -> None:
        self._laid.append(_Laid(piece, self._speaker.queued, sound))
        self._speaker.play(sound)

    def _heard_until(self, position: int) -> Heard | None:
        begun = [laid for laid in self._laid if laid.start < position]
        if not begun:
            return None
        last = begun[-1]
        # Of a piece that goes on behind a pause, the part before it counts too.
        parts = [laid for laid in self._laid if laid.piece.number == last.piece.number]
        heard = sum(min(len(laid.sound), max(0, position - laid.start)) for laid in parts)
        whole = np.concatenate([laid.sound for laid in parts])
        return Heard(last.piece.number, share_said(whole, heard, last.piece.text))

    def _texts_begun(self) -> list[str]:
        position = self._speaker.heard
        begun = {laid.piece.number: laid for laid in self._laid if laid.start < position}
        return [laid.piece.text for laid in begun.values()]

    # ── the thread ───────────────────────────────────────────────────────────────────────────────

    def _next(self) -> Piece | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or (self._waiting and not self._held))
            if self._closed:
                return None
            self._in_hand = self._waiting.popleft()
            return self._in_hand

    def _work(self) -> None:
        while piece := self._next():
            try:
                sound = self._speak(piece.text)
            except EdgeomniError as error:
                self._fail(error)
                sound = None
            except Exception as error:  # of native libraries; the rest can be spoken
                happened = f"A part of the answer could not be spoken: {error}."
                self._fail(EngineError(happened[:300]))
                sound = None
            with self._changed:
                self._made(piece, sound)

    def _made(self, piece: Piece, sound: Samples | None) -> None:
        """Lay it in line, or keep it while the answer is held; with the lock held."""
        if self._in_hand is not piece:  # its answer is not wanted any more
            return
        self._in_hand = None
        if sound is None or not len(sound):
            return
        if self._held:
            self._rest.append((piece, sound))
        else:
            self._lay(piece, sound)
