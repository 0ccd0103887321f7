"""What follows from what is seen: what the flags ask for, done by ``edgeomni.loops.acts``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeomni.cli.output import Screen
from edgeomni.cli.record import dumps
from edgeomni.cli.watch_clock import Clock
from edgeomni.cli.watch_faces import Face
from edgeomni.cli.watch_record import Record
from edgeomni.errors import EdgeomniError
from edgeomni.loops.acts.aloud import Aloud, Reader
from edgeomni.loops.acts.desktop import notification
from edgeomni.loops.acts.errands import Errand, Errands
from edgeomni.loops.acts.journal import Journal
from edgeomni.loops.acts.stills import Stills
from edgeomni.loops.watch.told import Answered, Caption, Match, Pace
from edgeomni.values import Image
from edgeomni.watch_events import Back, Event, Lost

COMMAND_LIMIT = 60.0
"""Seconds that the command of --exec may take."""
_NOTIFY_LIMIT = 10.0
"""Seconds; showing a notification takes tenths of one."""
_NAME = "edgeomni watch"


@dataclass(frozen=True, slots=True)
class ActsWish:
    """What is to be done."""

    notify: bool = False
    command: Sequence[str] = ()
    log: Path | None = None
    frames: Path | None = None
    speak: bool = False
    voice: str = ""
    rate: float = 1.0
    waits: bool = False
    """Only what was waited for is acted on; else each caption that says something."""


@dataclass(frozen=True, slots=True)
class Means:
    """What it is done with."""

    tell: Callable[[str], None]
    """Takes lines for the user, on any thread."""
    encode: Callable[[Image], bytes]
    mouth: Callable[[], Reader]


class Acts(Face):
    """Sees a watch and acts on it; never waits. A context manager: what goes on is ended there."""

    def __init__(self, screen: Screen, wish: ActsWish, means: Means, clock: Clock) -> None:
        """Raises InputError for a log that cannot be written to."""
        super().__init__(screen)
        self._wish, self._clock, self._record = wish, clock, Record(clock)
        self._journal: Journal | None = None
        self._stills: Stills | None = None
        self._command: Errands | None = None
        self._desktop: Errands | None = None
        self._aloud: Aloud | None = None
        with ExitStack() as stack:
            self._begin(stack, wish, means)
            self._stack = stack.pop_all()

    def _begin(self, stack: ExitStack, wish: ActsWish, means: Means) -> None:
        tell, kept = means.tell, stack.enter_context
        if wish.log:
            self._journal = kept(closing(Journal(wish.log, tell)))
        if wish.frames:
            self._stills = kept(closing(Stills(wish.frames, means.encode, tell)))
        if wish.command:
            self._command = kept(closing(Errands("The command", tell, limit=COMMAND_LIMIT)))
        if wish.notify:
            self._desktop = kept(closing(Errands("The notification", tell, limit=_NOTIFY_LIMIT)))
        if wish.speak:
            self._aloud = kept(closing(Aloud(means.mouth, tell, voice=wish.voice, rate=wish.rate)))

    def finish(self) -> None:
        """Wait until what is read aloud was heard; ``hush`` ends that, too."""
        if self._aloud:
            self._aloud.finish()
        if self._command and self._command.busy:
            self.screen.notice(
                f"the command still runs: it has {COMMAND_LIMIT:g} seconds; Ctrl+C leaves it alone"
            )

    def hush(self) -> None:
        """What is read aloud falls silent."""
        if self._aloud:
            self._aloud.hush()

    def event(self, event: Event) -> None:
        self._log(self._record.event(event))
        match event:
            case Lost(text=text):
                self._notify(f"{_NAME}: lost", text)
            case Back():
                self._notify(f"{_NAME}: back", "There are pictures again.")

    def caption(self, caption: Caption) -> None:
        told = self._record.caption(caption)
        self._log(told)
        if not caption.text.strip():
            return
        self._say(caption.text)
        if not self._wish.waits:
            self._act(told, _NAME, caption)

    def match(self, match: Match) -> None:
        told = self._record.match(match)
        self._log(told)
        self._say(f"{match.condition}: {match.text}", urgent=True)
        self._act(told, match.condition, match)

    def answered(self, answered: Answered) -> None:
        self._log(self._record.answered(answered))
        if not answered.spoken:
            self._say(answered.text, urgent=True)

    def pace(self, pace: Pace) -> None:
        self._log(self._record.pace(pace))

    def failed(self, error: EdgeomniError) -> None:
        self._log(self._record.failed(error))

    def __enter__(self) -> Acts:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # ── one by one ───────────────────────────────────────────────────────────────────────────────

    def _act(self, told: dict[str, Any], title: str, seen: Caption | Match) -> None:
        if self._command:
            line = f"{dumps(told)}\n".encode()
            self._command.send(Errand(self._wish.command, line))
        self._notify(title, seen.text or title)
        if self._stills:
            name = f"{self._clock.name(seen.at)}-{told['event']}-{seen.image.digest[:8]}"
            self._stills.add(name, seen.image)

    def _notify(self, title: str, text: str) -> None:
        if self._desktop:
            self._desktop.send(notification(title, text))

    def _say(self, text: str, *, urgent: bool = False) -> None:
        if self._aloud:
            self._aloud.say(text, urgent=urgent)

    def _log(self, told: dict[str, Any] | None) -> None:
        if self._journal and told:
            self._journal.add(dumps(told))
