"""How a spoken conversation is shown: a line that moves for people, JSON for programs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from edgeomni.cli.output import Screen, seconds
from edgeomni.cli.record import dumps
from edgeomni.cli.width import beginning, columns, end
from edgeomni.loops.answer import Answer
from edgeomni.loops.voice import Turn
from edgeomni.talk_events import (
    NOT_RECORDED,
    Began,
    Event,
    Failure,
    FirstAudio,
    GoesOn,
    Held,
    Interrupted,
    Level,
    Nothing,
    Partial,
    Ready,
    Resumed,
    Stopped,
    Trouble,
    Utterance,
)
from edgeomni.values import EngineEvent, Notice, TextDelta

_BARS = " ▁▂▃▄▅▆▇█"
_WIDTH = 78
_LAST_WORDS = 5


class Face:
    """What both ways to show a conversation share."""

    def __init__(self, screen: Screen, folder: Path | None = None) -> None:
        """``folder`` is where sounds are saved; None where they are not."""
        self.screen = screen
        self.folder = folder
        self.code = 0
        """To exit with: the worst of answers that could not be given."""
        self.understood = False
        """Something was said to it."""

    def event(self, event: Event) -> None:
        self.understood = self.understood or isinstance(event, Utterance | Stopped)

    def answer(self, event: EngineEvent) -> None:
        raise NotImplementedError

    def asked(self, text: str) -> None:
        """``Utterance`` said so already."""

    def turn(self, turn: Turn) -> None:
        raise NotImplementedError

    def failed(self, answer: Answer) -> None:
        if answer.error is not None:
            self.code = max(self.code, answer.error.exit_code)
            self.screen.problem(answer.error)


class LineFace(Face):
    """For people: what was said stays, and one line below it moves.

    Of an answer, lines that are full stand above; the one that grows is part of the moving line.
    """

    def __init__(self, screen: Screen, folder: Path | None = None) -> None:
        super().__init__(screen, folder)
        self._recording = folder is not None
        self._state = "opening devices …"
        self._level = 0.0
        self._partial = ""
        self._growing = ""
        self._last = ""
        self._shared = screen.out_is_terminal and screen.err_is_terminal
        """One terminal shows the answer and the moving line; a file gets the words as they are."""

    def event(self, event: Event) -> None:
        super().event(event)
        match event:
            case Ready(turns=turns, microphone=microphone):
                self.screen.notice(f"listening to {microphone or 'the microphone'}, turns {turns}")
                self._state = "listening"
            case Level(rms):
                self._level = rms
            case Began():
                self._state, self._partial = "you speak", ""
            case Partial(certain, rest):
                self._partial = f"{certain} {rest}".strip()
            case Utterance(text=text):
                self._wipe()
                self.screen.answer(f"> {text}\n")
                self._state, self._partial = "thinking", ""
            case FirstAudio():
                self._state = "speaking"
            case Held():
                self._state = "listening"
            case GoesOn():
                self._state = "speaking"
            case Nothing() | Resumed():
                self._state = "listening"
            case Interrupted() | Stopped():
                self._state = "listening"
            case Trouble(code, text) | Failure(code, text):
                self._recording = self._recording and code != NOT_RECORDED
                self._wipe()
                self.screen.notice(text)
        self._draw()

    def answer(self, event: EngineEvent) -> None:
        match event:
            case TextDelta(text) if not self._shared:
                self.screen.answer(text)
            case TextDelta(text):
                *full, self._growing = laid(self._growing + text, _WIDTH)
                for line in full:
                    self._wipe()
                    self.screen.answer(line + "\n")
                self._draw()
            case Notice(text=text):
                self._wipe()
                self.screen.notice(text)

    def turn(self, turn: Turn) -> None:
        self._wipe()
        rest, self._growing = self._growing, ""
        self.screen.answer(rest)
        self.screen.end_answer()
        if turn.first_audio >= 0:
            self._last = f"answered in {seconds(turn.first_audio * 1000)}"
        if turn.interrupted and turn.answered:
            heard = turn.answered.split()[-_LAST_WORDS:]
            self.screen.notice(f"interrupted behind: … {' '.join(heard)}")
        self._state = "listening"
        self._draw()

    def _draw(self) -> None:
        bar = _BARS[min(len(_BARS) - 1, int(self._level**0.5 * 2 * len(_BARS)))]
        words = self._partial or self._growing
        head = f"{bar} {'● recording · ' * self._recording}{self._state}"
        line = " · ".join(filter(None, [head, words or self._last]))
        if columns(line) > _WIDTH:  # what was said last is what is looked for
            line = f"{head} · …{end(words, _WIDTH - columns(head) - 4)}"
        self.screen.redraw(line)

    def _wipe(self) -> None:
        self.screen.redraw("")


def laid(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` columns, broken at blanks where there are any; the last one may
    still grow.
    """
    lines = text.split("\n")
    while columns(lines[-1]) > width:
        last = lines.pop()
        fits = max(1, len(beginning(last, width)))
        at = last.rfind(" ", 1, fits + 1)
        at = at if at > 0 else fits
        lines += [last[:at], last[at:].lstrip(" ")]
    return lines


_NAMES = {
    "Ready": "ready",
    "Began": "began",
    "Partial": "partial",
    "Utterance": "utterance",
    "FirstAudio": "first_audio",
    "Interrupted": "interrupted",
    "Stopped": "stopped",
    "Trouble": "trouble",
    "Failure": "failure",
}
"""Events that programs are told, and how they are called there."""
_NO_WORDS = Partial("", "")
"""Of a turn whose first sounds are no word yet: news to nobody."""


class JsonFace(Face):
    """For programs: one object a line."""

    def event(self, event: Event) -> None:
        super().event(event)
        name = _NAMES.get(type(event).__name__)
        if name and event != _NO_WORDS:
            values = asdict(event)
            values.pop("sound", None)  # nobody reads a minute of numbers
            self.screen.line(dumps({"event": name, **_rounded(values)}))

    def answer(self, event: EngineEvent) -> None:
        if isinstance(event, Notice):
            self.screen.line(dumps({"event": "notice", "code": event.code, "text": event.text}))

    def turn(self, turn: Turn) -> None:
        values = _rounded(asdict(turn))
        for name in ("heard_file", "spoken_file"):
            values[name] = str(self.folder / values[name]) if self.folder and values[name] else None
        self.screen.line(dumps({"event": "turn", **values}))

    def failed(self, answer: Answer) -> None:
        super().failed(answer)
        if (error := answer.error) is not None:
            told = {"event": "failure", "code": error.code, "text": error.happened}
            self.screen.line(dumps(told))


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: round(v, 4) if isinstance(v, float) else v for name, v in values.items()}
