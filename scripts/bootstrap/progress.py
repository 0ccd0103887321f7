"""Turns the output of pip and ninja into one line that moves, or into a few lines in a log."""

from __future__ import annotations

import re
import shutil
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

_NINJA = re.compile(r"^\s*\[(\d+)/(\d+)\]")
_PIP = re.compile(
    r"^\s*(Collecting|Downloading|Building wheel|Installing collected packages)\b(.*)"
)
_BAR = 24
"""Characters."""


def built(line: str) -> float | None:
    """The share of the build that is done, 0 to 1, when the line is one of ninja's."""
    found = _NINJA.match(line)
    if found is None:
        return None
    done, of = int(found[1]), int(found[2])
    return min(done / of, 1.0) if of else None


def doing(line: str) -> str | None:
    """What pip says that it does, without the details, when the line says so."""
    found = _PIP.match(line)
    if found is None:
        return None
    return f"{found[1]}{found[2]}".split(":")[0].strip()


def clock(seconds: float) -> str:
    """``7 s`` or ``2 min 05 s``."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def bar(share: float) -> str:
    """ASCII only: the terminal may not speak UTF-8 yet."""
    full = round(share * _BAR)
    return f"[{'#' * full}{'.' * (_BAR - full)}] {share:4.0%}"


class Progress:
    """Shows one step: a line that is rewritten on a terminal, a line at every tenth elsewhere."""

    def __init__(
        self, title: str, out: TextIO = sys.stderr, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._title = title
        self._out = out
        self._now = now
        self._start = now()
        self._live = out.isatty()
        self._share = 0.0
        self._tenth = 0
        self._doing = "Starting"
        self._shown = ""

    def __enter__(self) -> Progress:
        self._out.write(f"{self._title}\n")
        self._out.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, _: TracebackType | None
    ) -> None:
        self._clear()
        if kind is None:
            self._out.write(f"  done in {clock(self._now() - self._start)}\n")
        self._out.flush()

    def feed(self, line: str) -> None:
        """Take notice of one line of output."""
        share = built(line)
        if share is None:
            self._doing = doing(line) or self._doing
        else:
            self._share, self._doing = share, ""
        if self._live:
            self._redraw()
        elif share is not None:
            self._tell_tenths()

    def _redraw(self) -> None:
        what = self._doing or bar(self._share)
        text = f"  {what}  {clock(self._now() - self._start)}"
        if text != self._shown:
            self._clear()
            self._out.write(text[: shutil.get_terminal_size().columns - 1])
            self._out.flush()
        self._shown = text

    def _tell_tenths(self) -> None:
        tenth = int(self._share * 10)
        if tenth > self._tenth:
            self._out.write(f"  {tenth * 10} %, {clock(self._now() - self._start)}\n")
            self._out.flush()
        self._tenth = tenth

    def _clear(self) -> None:
        if self._live:
            blank = " " * (shutil.get_terminal_size().columns - 1)
            self._out.write(f"\r{blank}\r")
