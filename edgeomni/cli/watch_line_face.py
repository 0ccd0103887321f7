"""How a watch is shown to people: a line that moves below what was seen."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from functools import partial

from edgeomni.cli.output import Screen
from edgeomni.cli.talk_faces import laid
from edgeomni.cli.watch_clock import Clock
from edgeomni.cli.watch_faces import Face
from edgeomni.cli.watch_line import Line
from edgeomni.errors import EdgeomniError
from edgeomni.loops.watch.told import Answered, Caption, Match, Pace
from edgeomni.sanitise import clean
from edgeomni.values import EngineEvent, Notice, TextDelta
from edgeomni.watch_events import Back, Event, Lost, Opened, Over, Seen, Skipped

_LATE = "late"
"""Frames that newer ones have replaced: that is meant to be."""


class LineFace(Face):
    """For people. Captions stand above, with their times; of an answer, lines that are full."""

    def __init__(
        self,
        screen: Screen,
        clock: Clock,
        source: str,
        *,
        now: Callable[[], float] = time.monotonic,
        width: int | None = None,
    ) -> None:
        """``source`` is what to call it until it is open; ``width`` that of the terminal."""
        super().__init__(screen)
        self._clock, self._now, self._width = clock, now, width
        self._line = Line(source)
        self._shared = screen.out_is_terminal and screen.err_is_terminal
        """One terminal shows the words and the moving line; a file gets the words as they are."""
        self._lost = False
        self._size = (0, 0)
        self._failed = ""
        self._skipped = {_LATE}
        self._said = False
        self._behind: list[Callable[[], None]] = []
        """What was told while an answer was given, and stands behind it."""
        self._drawn = ""

    def event(self, event: Event) -> None:
        match event:
            case Opened(_, source, width, height, fps):
                self._opened(source, (width, height), fps)
            case Seen(_, fps, score, state):
                self._line.fps, self._line.score, self._line.state = fps, score, state
            case Lost(at, _, text) if not self._lost:
                self._lost, self._line.state = True, "lost"
                self.notice(f"✕ {self._clock.label(at)} {text}")
            case Back(at) if self._lost:
                self._lost, self._line.state = False, "still"
                self.notice(f"● {self._clock.label(at)} There are pictures again.")
            case Skipped(why=why) if why not in self._skipped:
                self._skipped.add(why)
                self.notice(f"Frames are left out: they are {why}.")
            case Over(at):
                self.notice(f"It is over, after {self._clock.label(at)}.")
        self._draw()

    def looking(self, at: float, why: str) -> None:
        self._line.looking, self._line.growing = self._now(), ""
        self._draw()

    def words(self, event: EngineEvent) -> None:
        match event:
            case TextDelta(text):
                self._line.growing += text.replace("\n", " ")
                self._draw()
            case Notice(text=text):
                self.notice(text)

    def caption(self, caption: Caption) -> None:
        if self._line.answering:
            self._behind.append(partial(self.caption, caption))
            return
        self._looked(f"last look {self._clock.label(caption.at)} took {caption.took:.1f} s")
        if caption.text.strip():
            self._above(f"{self._clock.label(caption.at)}  ", caption.text)
        self._draw()

    def match(self, match: Match) -> None:
        if self._line.answering:
            self._behind.append(partial(self.match, match))
            return
        self._looked("")
        when = self._clock.label(match.at)
        told = f"★ {match.condition}: {match.text}" if match.text.strip() else match.condition
        self._above(f"{when}  ", told, bold=True)
        self._draw()

    def answering(self, asked: str) -> None:
        self._line.reply, self._line.answering, self._said = "", True, False
        self._above("? ", asked)
        self._draw()

    def answer(self, event: EngineEvent) -> None:
        match event:
            case TextDelta(text):
                self._said = self._said or bool(text.strip())
                self._answer(text)
            case Notice(text=text):
                self.notice(text)

    def answered(self, answered: Answered) -> None:
        self._wipe()
        self.screen.answer(self._line.reply if self._said else answered.text)
        self._end_answer()
        self._draw()

    def pace(self, pace: Pace) -> None:
        side = f" at {pace.side} px" if pace.side else ""
        self._line.pace = f"a look takes {pace.look:.1f} s{side}, one in {pace.every:.1f} s"
        self._draw()

    def failed(self, error: EdgeomniError) -> None:
        """The same in a row is told once: a watch may go on for days."""
        super().failed(error)
        if self._line.answering:
            self._end_answer()
        self._line.looking, self._line.growing = None, ""
        if error.happened != self._failed:
            self._failed = error.happened
            self._wipe()
            self.screen.problem(error)
        self._draw()

    def notice(self, text: str) -> None:
        self._wipe()
        self.screen.notice(text)
        self._draw()

    def typing(self, text: str | None) -> None:
        self._line.typed = text
        self._draw()

    def hearing(self, state: str, words: str) -> None:
        self._line.ears, self._line.heard = state, words.replace("\n", " ")
        self._draw()

    def close(self) -> None:
        self._wipe()

    # ── on the screen ────────────────────────────────────────────────────────────────────────────

    def _opened(self, source: str, size: tuple[int, int], fps: float) -> None:
        self._line.source, self._line.state = source, "still"
        if size != self._size:
            self._size = size
            rate = f", {fps:.4g} frames a second" if fps else ""
            self.notice(f"watching {source}, {size[0]}x{size[1]}{rate}")

    def _looked(self, last: str) -> None:
        self._failed = ""
        self._line.looking, self._line.growing = None, ""
        self._line.last = last or self._line.last

    def _answer(self, text: str) -> None:
        if not self._shared:
            self.screen.answer(text)
            return
        *full, self._line.reply = laid(self._line.reply + text, self._columns())
        for line in full:
            self._wipe()
            self.screen.answer(line + "\n")
        self._draw()

    def _end_answer(self) -> None:
        self.screen.end_answer()
        self._line.reply, self._line.answering = "", False
        behind, self._behind = self._behind, []
        for tell in behind:
            tell()

    def _above(self, lead: str, text: str, *, bold: bool = False) -> None:
        """Further lines stand below the first one's words."""
        self._wipe()
        lines = clean(text.strip()).replace("\t", " ").split("\n")
        shown = f"\n{' ' * len(lead)}".join(lines)
        shown = self.screen.bold(shown) if bold else shown
        self.screen.write(f"{self.screen.dim(lead)}{shown}\n")

    def _columns(self) -> int:
        return self._width or max(20, shutil.get_terminal_size().columns - 1)

    def _draw(self) -> None:
        line = self._line.shown(self._now(), self._columns())
        if line != self._drawn:
            self.screen.redraw(line)
            self._drawn = line

    def _wipe(self) -> None:
        self.screen.redraw("")
        self._drawn = ""
