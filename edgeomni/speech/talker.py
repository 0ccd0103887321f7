"""Speaks an answer piece by piece, and knows which of its words were heard."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from edgeomni.errors import EdgeomniError
from edgeomni.speech.sound_io import Samples, Speaker


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
    """Of that piece, from 0 to 1."""


@dataclass(slots=True)
class _Laid:
    """A piece in the line of the speaker."""

    piece: Piece
    start: int
    """Position in the line, samples."""
    sound: Samples


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
        self._laid: list[_Laid] = []
        self._kept: list[tuple[Piece, Samples | None]] = []
        self._changed = threading.Condition()
        self._busy = self._closed = self._held = False
        self._stopped: Heard | None = None
        self._round = 0
        self._over = True
        self._thread = threading.Thread(target=self._work, name="talker", daemon=True)
        self._thread.start()

    # ── from the conversation ────────────────────────────────────────────────────────────────────

    def begin(self) -> None:
        """A new answer comes; what is left of the one before is forgotten."""
        with self._changed:
            self._drop()
            self._laid.clear()
            self._kept.clear()
            self._held = self._over = False

    def say(self, piece: Piece) -> None:
        """Put a piece behind the others of this answer."""
        with self._changed:
            if self._held:
                self._kept.append((piece, None))
                return
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
        """Nothing is being synthesised, and nothing waits to be."""
        with self._changed:
            return not (self._busy or self._waiting)

    @property
    def complete(self) -> bool:
        """All pieces of the answer have come, and stand in line or were heard."""
        with self._changed:
            return self._over and not self._held and not (self._busy or self._waiting)

    @property
    def begun(self) -> bool:
        """The first sound of the answer has been heard."""
        with self._changed:
            return bool(self._laid) and self._speaker.heard > self._laid[0].start

    def heard(self) -> Heard | None:
        """How far the answer was heard by now; None for nothing of it."""
        with self._changed:
            return self._stopped if self._held else self._heard_until(self._speaker.heard)

    def hold(self) -> Heard | None:
        """Fall silent at once and remember what was not heard; says how far it got."""
        with self._changed:
            if self._held:
                return self._stopped
            position = self._speaker.heard
            self._speaker.hush()
            rest = [
                (laid.piece, laid.sound[max(0, position - laid.start) :])
                for laid in self._laid
                if laid.start + len(laid.sound) > position
            ]
            self._kept = [*rest, *((piece, None) for piece in self._waiting)]
            self._stopped = self._heard_until(position)
            self._laid = [laid for laid in self._laid if laid.start < position]
            for laid in self._laid:
                laid.sound = laid.sound[: position - laid.start]
            self._drop()
            self._held = True
            return self._stopped

    def go_on(self) -> None:
        """Say the rest after all."""
        with self._changed:
            if not self._held:
                return
            self._held = False
            for piece, sound in self._kept:
                if sound is not None:
                    self._lay(piece, sound)
                else:
                    self._waiting.append(piece)
            self._kept.clear()
            self._changed.notify()

    def stop(self) -> Heard | None:
        """Fall silent for good; says how far it got."""
        heard = self.hold()
        with self._changed:
            self._kept.clear()
            self._held, self._over = False, True
        return heard

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._drop()
            self._changed.notify()

    # ── with the lock held ───────────────────────────────────────────────────────────────────────

    def _sounding(self) -> bool:
        ahead = bool(self._laid) and self._speaker.heard < self._end()
        return ahead or self._busy or bool(self._waiting)

    def _end(self) -> int:
        last = self._laid[-1]
        return last.start + len(last.sound)

    def _drop(self) -> None:
        self._waiting.clear()
        self._round += 1
        self._speaker.hush()

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
        whole = sum(len(laid.sound) for laid in parts)
        return Heard(last.piece.number, heard / max(1, whole))

    # ── the thread ───────────────────────────────────────────────────────────────────────────────

    def _next(self) -> tuple[Piece, int] | None:
        with self._changed:
            self._busy = False
            self._changed.wait_for(lambda: self._closed or self._waiting)
            if self._closed:
                return None
            self._busy = True
            return self._waiting.popleft(), self._round

    def _work(self) -> None:
        while found := self._next():
            piece, round = found
            try:
                sound = self._speak(piece.text)
            except EdgeomniError as error:
                self._fail(error)
                continue
            with self._changed:
                if round == self._round:
                    self._lay(piece, sound)
                elif self._held:  # it was under way when the answer was stopped
                    self._kept.append((piece, sound))
                    self._kept.sort(key=lambda kept: kept[0].number)
