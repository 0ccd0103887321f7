"""What the user types, one turn at a time, from a terminal or from a pipe."""

from __future__ import annotations

import sys
from typing import BinaryIO, Protocol

from edgeomni.cli import stdin
from edgeomni.cli.output import Screen
from edgeomni.errors import InputError

FENCE = '"""'


class Lines(Protocol):
    interactive: bool

    def line(self, more: bool) -> str | None:
        """The next line without its end; None at the end of the input."""
        ...


def read_turn(lines: Lines) -> str | None:
    """One turn: a line, or several between three quotes; None when there are no more."""
    first = lines.line(more=False)
    if first is None or not first.lstrip().startswith(FENCE):
        return first
    gathered = [first.lstrip()[len(FENCE) :]]
    while not gathered[-1].rstrip().endswith(FENCE):
        following = lines.line(more=True)
        if following is None:
            return "\n".join(gathered).strip("\n")
        gathered.append(following)
    gathered[-1] = gathered[-1].rstrip()[: -len(FENCE)]
    return "\n".join(gathered).strip("\n")


class Terminal:
    """Line editing and history as in a shell; the history is never written to disk."""

    interactive = True

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        utf = (sys.stdout.encoding or "").lower().startswith("utf")
        self._mark = "\u276f " if utf else "> "
        try:
            import readline
        except ImportError:  # Windows has line editing of its own
            return
        # A pasted text of many lines is one turn, not many.
        readline.parse_and_bind("set enable-bracketed-paste on")

    def line(self, more: bool) -> str | None:
        mark = "… " if more else self._mark
        try:
            return stdin.tidy(input(mark) if self._screen.out_is_terminal else self._plain(mark))
        except EOFError:
            return None

    def _plain(self, mark: str) -> str:
        """``input`` would write its prompt into the file that stdout is."""
        self._screen.prompt(mark)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.rstrip("\r\n")


class Pipe:
    """One line after the other, read when it is wanted."""

    interactive = False

    def __init__(self, stream: BinaryIO, screen: Screen) -> None:
        self._stream = stream
        self._screen = screen

    def line(self, more: bool) -> str | None:
        """Raises InputError for a line that is no text; the next call goes on behind it."""
        raw = self._stream.readline(stdin.MAX_BYTES + 1)
        if len(raw) > stdin.MAX_BYTES:
            self._skip()
            raise InputError("A line is longer than 8 MiB.", remedy="Send the part that matters.")
        return stdin.decode(raw, self._screen.notice).rstrip("\r\n") if raw else None

    def _skip(self) -> None:
        while (raw := self._stream.readline(1 << 16)) and not raw.endswith(b"\n"):
            pass
