"""How a watch is shown to programs, and what that has in common with how people see it."""

from __future__ import annotations

from typing import Any

from edgeomni.cli.output import Screen
from edgeomni.cli.record import dumps
from edgeomni.cli.watch_record import Record
from edgeomni.errors import EdgeomniError
from edgeomni.loops.watch.told import Answered, Caption, Match, Pace
from edgeomni.values import EngineEvent
from edgeomni.watch_events import Event


class Face:
    """What both ways to show a watch share. Implements ``WatchFace``, and tells nothing."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.code = 0
        """To exit with: the worst of looks and answers that came to nothing."""

    def event(self, event: Event) -> None: ...

    def looking(self, at: float, why: str) -> None: ...

    def words(self, event: EngineEvent) -> None: ...

    def caption(self, caption: Caption) -> None: ...

    def match(self, match: Match) -> None: ...

    def answering(self, asked: str) -> None: ...

    def answer(self, event: EngineEvent) -> None: ...

    def answered(self, answered: Answered) -> None: ...

    def pace(self, pace: Pace) -> None: ...

    def failed(self, error: EdgeomniError) -> None:
        self.code = max(self.code, error.exit_code)

    def notice(self, text: str) -> None:
        """A line about the watch itself."""
        self.screen.notice(text)

    def typing(self, text: str | None) -> None:
        """A question as far as it is typed; None where none is."""
        self.screen.redraw("" if text is None else f"? {text}_")

    def hearing(self, state: str, words: str) -> None:
        """What the ears do, empty for nothing, and what was understood so far."""

    def close(self) -> None:
        """Nothing moves any more."""
        self.screen.redraw("")


class JsonFace(Face):
    """For programs: one object a line."""

    def __init__(self, screen: Screen, record: Record) -> None:
        super().__init__(screen)
        self._record = record

    def event(self, event: Event) -> None:
        if told := self._record.event(event):
            self._line(told)

    def caption(self, caption: Caption) -> None:
        self._line(self._record.caption(caption))

    def match(self, match: Match) -> None:
        self._line(self._record.match(match))

    def answered(self, answered: Answered) -> None:
        self._line(self._record.answered(answered))

    def pace(self, pace: Pace) -> None:
        self._line(self._record.pace(pace))

    def failed(self, error: EdgeomniError) -> None:
        super().failed(error)
        self._line(self._record.failed(error))

    def _line(self, told: dict[str, Any]) -> None:
        self.screen.line(dumps(told))
