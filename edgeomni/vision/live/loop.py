"""The loop of a live source: opens it, survives what happens to it, and gives signs of life."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from edgeomni.errors import EdgeomniError, MediaError
from edgeomni.faults import Faults
from edgeomni.values import Fit
from edgeomni.vision.live.address import Source
from edgeomni.vision.live.entry import Entry
from edgeomni.vision.live.footage import Footage, footage
from edgeomni.vision.live.gate import Gate, ToGrid
from edgeomni.vision.live.reader import Reader
from edgeomni.vision.live.shot import Shot
from edgeomni.vision.live.showing import Showing
from edgeomni.vision.live.tally import Tally
from edgeomni.vision.live.watchdog import Pauses
from edgeomni.watch_events import Back, Event, Lost, Opened, Over, Picture, Seen, Skipped

BEAT = 0.5
"""Seconds between two signs of life."""
_LONGEST_WAIT = 0.2
"""Seconds between two looks at the time, where nothing rings the bell."""
Emit = Callable[[Event], None]
Answer = Callable[[int, Picture | None], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the loop is to do."""

    fit: Fit
    """Of the pictures of looks."""
    fast: bool = False
    """Read a file as fast as it can be."""
    began: float = 0.0
    """When the watch began, by ``time.monotonic``, which all processes share."""
    number: int = 0
    """Frames seen before."""
    again: bool = False
    """There was a worker before this one: a source that cannot be opened is waited for."""
    paused: bool = False
    faults: Faults = Faults()  # noqa: RUF009  none


class Loop:
    """``run`` is for one thread; ``ask`` for any."""

    def __init__(
        self,
        source: Source,
        gate: Gate,
        to_grid: ToGrid,
        emit: Emit,
        answer: Answer,
        wish: Wish,
        film: Footage = footage,
    ) -> None:
        """``answer`` takes the number of a question for the newest picture, and the picture."""
        self._source, self._emit, self._answer, self._wish = source, emit, answer, wish
        self._showing = Showing(source, gate, to_grid, emit, wish.fit, wish.number)
        self._film = film
        self._bell = threading.Event()
        self._notes = deque[Mapping[str, Any]]()
        self._tally, self._pauses = Tally(), Pauses()
        self._entry = Entry(source, self._showing, self._tally)
        self._reader: Reader | None = None
        self._closing: list[Reader] = []
        self._retry = self._beat_at = 0.0
        self._welcome = False
        self._ever = self._lost = wish.again
        self._paused = wish.paused
        self._over = False
        self._file_at: float | None = None

    def ask(self, note: Mapping[str, Any]) -> None:
        """``do`` is ``newest``, ``pause`` or ``end``."""
        self._notes.append(note)
        self._bell.set()

    def run(self) -> None:
        """Until a file ends or that is asked for. Raises EdgeomniError when nothing opens."""
        try:
            while not self._over:
                self._bell.clear()
                if not self._is_stuck():
                    self._heed()
                self._attend(time.monotonic())
                self._beat(time.monotonic())
        finally:
            self._close()

    # ── what is asked ────────────────────────────────────────────────────────────────────────────

    def _heed(self) -> None:
        while self._notes:
            note = self._notes.popleft()
            match note["do"]:
                case "newest":
                    self._answer(note["id"], self._newest(Fit(**note["fit"])))
                case "pause":
                    self._pause(on=note["on"])
                case "end":
                    self._over = True

    def _newest(self, fit: Fit) -> Picture | None:
        gone = self._lost or self._reader is None or self._reader.ended
        return None if gone else self._showing.picture(time.monotonic(), fit)

    def _pause(self, *, on: bool) -> None:
        self._paused = on
        self._retry = self._beat_at = 0.0
        if self._source.is_timed and self._reader:
            self._reader.hold(on=on)
        elif on:
            self._close()

    # ── the source ───────────────────────────────────────────────────────────────────────────────

    def _attend(self, now: float) -> None:
        if self._over or self._paused:
            return
        reader = self._reader
        if reader is None:
            if now >= self._retry and self._is_closed():
                self._open(now)
            return
        ended, shot = reader.ended, reader.take()
        if shot is None and ended:
            self._end(reader.error)
            return
        try:
            if shot is not None:
                self._take(shot, now)
            elif self._source.holds:
                self._showing.hold(self._at(now), now)
            self._entry.check(reader.damaged, now)
        except MediaError as error:
            self._end(error)

    def _open(self, now: float) -> None:
        fast, faults = self._wish.fast, self._wish.faults
        self._reader = Reader(self._source, self._bell, fast=fast, faults=faults, film=self._film)
        self._tally.begin()
        self._entry.begin(now)
        self._welcome = False

    def _close(self) -> None:
        """The device is let go of."""
        reader, self._reader = self._reader, None
        self._showing.forget()
        if reader:
            reader.stop()
            self._closing.append(reader)

    def _is_closed(self) -> bool:
        self._closing = [reader for reader in self._closing if not reader.closed]
        return not self._closing

    def _end(self, error: EdgeomniError | None) -> None:
        if error is None:
            self._emit(Over(self._at(time.monotonic())))
            self._over = True
        elif self._ever and self._source.returns:
            self._lose(error)
        else:
            raise error

    def _lose(self, error: EdgeomniError) -> None:
        """Told once: why it cannot be opened again is seldom more than that it is gone."""
        self._close()
        now = time.monotonic()
        self._retry = now + self._pauses.after_loss()
        if not self._lost:
            self._lost = True
            text = " ".join(part for part in (error.happened, error.remedy) if part)
            self._emit(Lost(self._at(now), error.code, text))

    # ── frames ───────────────────────────────────────────────────────────────────────────────────

    def _take(self, shot: Shot, now: float) -> None:
        size = self._entry.admit(shot, now, lost=self._lost)
        if size is None:
            return
        at = self._at(now, shot)
        self._pauses.held(now)
        if not self._welcome:
            self._welcome = self._ever = True
            self._emit(Opened(at, self._source.name, *size, shot.fps))
        if self._lost:
            self._lost = False
            self._emit(Back(at))
        self._tally.see(now)
        self._showing.see(shot, at, now)

    def _at(self, now: float, shot: Shot | None = None) -> float:
        if shot is not None and shot.at is not None:
            self._file_at = shot.at
        return now - self._wish.began if self._file_at is None else self._file_at

    # ── signs of life ────────────────────────────────────────────────────────────────────────────

    def _beat(self, now: float) -> None:
        """None while native code hangs: whoever waits for them then ends this process."""
        if now - self._beat_at >= BEAT and not self._is_stuck():
            self._beat_at = now
            self._tell(now)
        if not self._over:
            due = self._retry if self._reader is None and not self._paused else now + _LONGEST_WAIT
            self._bell.wait(min(_LONGEST_WAIT, max(0.01, due - now)))

    def _is_stuck(self) -> bool:
        readers = [*self._closing, *([self._reader] if self._reader else [])]
        return any(reader.stuck for reader in readers)

    def _tell(self, now: float) -> None:
        if self._reader:
            self._tally.follow(self._reader.dropped, self._reader.damaged)
        fps, score = round(self._tally.rate(now), 2), round(self._showing.score, 4)
        number = self._showing.number
        self._emit(Seen(self._at(now), fps, score, self._state(), number))
        for why, count in self._tally.report(now):
            self._emit(Skipped(self._at(now), count, why))

    def _state(self) -> str:
        if self._paused:
            return "paused" if self._is_closed() else "pausing"
        return "lost" if self._lost else self._showing.state or "opening"
