"""One turn at the terminal: events become words on the screen, Ctrl+C becomes a wish to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from types import FrameType

from edgeomni.cli.output import Screen
from edgeomni.cli.record import Outcome, to_json
from edgeomni.errors import EdgeomniError
from edgeomni.ports import Cancel
from edgeomni.values import (
    Abilities,
    EngineEvent,
    Finished,
    Notice,
    TextDelta,
    ThoughtDelta,
    ToolCall,
)

Start = Callable[[Cancel], Generator[EngineEvent, None, None]]


@dataclass(frozen=True, slots=True)
class Style:
    """How a turn is shown."""

    json: bool = False
    thought: bool = False
    stats: bool = False
    silent: bool = False
    """The caller shows answer and errors itself; notices are still said."""
    mute: bool = False
    """Notices are the caller's to say, too."""

    @property
    def for_people(self) -> bool:
        return not (self.json or self.silent)


class Turns:
    """Runs turns one after the other and remembers where the engine was last seen."""

    def __init__(self, screen: Screen, style: Style, *, model: str) -> None:
        self.screen = screen
        self.style = style
        self._model = model
        self._abilities: Abilities | None = None
        self._waiting = False

    @property
    def place(self) -> str:
        """Model and rung of the last good turn; empty before it."""
        seen = self._abilities
        return f"{seen.model}, {seen.rung or seen.device}" if seen else ""

    def run(self, start: Start, abilities: Callable[[], Abilities]) -> Outcome:
        """One turn to its end, good or bad; only a second Ctrl+C leaves it early."""
        outcome = Outcome()
        cancel = Cancel()
        self._wait()
        try:
            with stopping(cancel), closing(start(cancel)) as events:
                for number, event in enumerate(events):
                    self._wait_no_more()
                    if number == 0:  # where it runs is said before the first word
                        self._meet(abilities())
                    self._take(event, outcome)
                self._meet(abilities())
        except EdgeomniError as error:
            outcome.error = error
        except KeyboardInterrupt:
            outcome.left = True
            self._close(outcome)
            raise
        finally:
            self._wait_no_more()
        self._close(outcome)
        return outcome

    def progress(self, characters: int) -> None:
        """How far an answer is that is held back: people see it on stderr; 0 wipes it."""
        if self.style.for_people:
            self.screen.redraw(f"answering … {characters} characters" if characters else "")

    def _wait(self) -> None:
        """A large model takes its time to load: say so until it speaks, then leave no trace."""
        if self._abilities is None and self.style.for_people:
            self.screen.redraw(f"loading {self._model or 'the model'} …")
            self._waiting = True

    def _wait_no_more(self) -> None:
        if self._waiting:
            self.screen.redraw("")
            self._waiting = False

    def _take(self, event: EngineEvent, outcome: Outcome) -> None:
        match event:
            case TextDelta(text):
                outcome.text += text
                if self.style.for_people:
                    self.screen.answer(text)
            case ThoughtDelta(text):
                outcome.thought += text
                if self.style.thought and self.style.for_people:
                    self.screen.thought(text)
            case ToolCall():
                outcome.tool_calls.append(event)
            case Notice():
                outcome.notices.append(event)
                if not self.style.mute:
                    self.screen.notice(event.text)
            case Finished(receipt):
                outcome.receipt = receipt

    def _meet(self, now: Abilities) -> None:
        """Say it once when less runs than was hoped for: falling back is never silent."""
        before, self._abilities = self._abilities, now
        if now.rung_reason and (before is None or before.rung_reason != now.rung_reason):
            self.screen.notice(f"Running on {now.rung}: {now.rung_reason}")

    def _place(self, outcome: Outcome) -> None:
        seen = self._abilities
        outcome.model = seen.model if seen else self._model
        if seen:
            outcome.device, outcome.rung = seen.device, seen.rung
            outcome.rung_reason = seen.rung_reason

    def _close(self, outcome: Outcome) -> None:
        self._place(outcome)
        if self.style.json:
            self.screen.line(to_json(outcome))
        elif self.style.for_people:
            self._close_for_people(outcome)
        if self.style.stats and outcome.receipt:
            self.screen.stats(outcome.receipt)

    def _close_for_people(self, outcome: Outcome) -> None:
        self.screen.end_answer()
        for call in outcome.tool_calls:
            self.screen.notice(f"The model asks for the tool {call.name}; nothing was run.")
        if outcome.error:
            self.screen.problem(outcome.error)
        elif outcome.stopped:
            self.screen.notice("Stopped.")


@contextmanager
def stopping(cancel: Cancel) -> Iterator[None]:
    """Inside, the first Ctrl+C asks ``cancel``; the second raises KeyboardInterrupt."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def press(_signal: int, _frame: FrameType | None) -> None:
        if cancel.asked:
            raise KeyboardInterrupt
        cancel.ask()

    before = signal.signal(signal.SIGINT, press)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
