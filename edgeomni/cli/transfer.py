"""A pull as seen in a terminal: one line that moves, or a few lines in a log."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import TextIO

from edgeomni.catalog.progress import Transfer, size
from edgeomni.sanitise import clean

_REDRAW_S = 0.1
_LOG_S = 10.0
_STEADY_S = 0.5
"""A rate that was measured over less says nothing."""
_BAR = 20
_ACTS = {"download": "fetching", "verify": "verifying", "unpack": "unpacking"}


class ProgressLine:
    """Shows a pull on ``out``: redrawn in place on a terminal, every ten seconds elsewhere."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._out, self._clock = out, clock
        self._tty = out.isatty()
        self._now: tuple[str, str] | None = None
        """Act and name of the transfer that is shown."""
        self._began = self._shown = self._first = 0.0
        self._drawn = 0
        """Characters of the line that stands on the terminal."""

    def say(self, text: str) -> None:
        self._erase()
        print(clean(text, keep=""), file=self._out, flush=True)

    def step(self, transfer: Transfer) -> None:
        now = self._clock()
        if (transfer.act, transfer.name) != self._now:
            self._now, self._began, self._shown = (transfer.act, transfer.name), now, now
            self._first = transfer.done
        over = bool(transfer.total) and transfer.done >= transfer.total
        if over and self._tty:
            self._erase()
        elif over:
            # A log needs no end of what took no time.
            self._log(transfer, now) if now - self._began >= _LOG_S else None
        elif now - self._shown >= (_REDRAW_S if self._tty else _LOG_S):
            self._shown = now
            self._draw(transfer, now) if self._tty else self._log(transfer, now)

    def close(self) -> None:
        """Leave no half line behind; also right after Ctrl+C."""
        self._erase()

    def _draw(self, transfer: Transfer, now: float) -> None:
        # A line that wraps could not be taken back.
        width = shutil.get_terminal_size().columns - 1
        text = f"{bar(transfer)}{self._line(transfer, now)}"[:width]
        self._out.write("\r" + text.ljust(self._drawn))
        self._out.flush()
        self._drawn = len(text)

    def _log(self, transfer: Transfer, now: float) -> None:
        print(self._line(transfer, now), file=self._out, flush=True)

    def _line(self, transfer: Transfer, now: float) -> str:
        elapsed = now - self._began
        steady = elapsed >= _STEADY_S
        rate = (transfer.done - self._first) / elapsed if steady else 0.0
        return line(transfer, rate)

    def _erase(self) -> None:
        if self._drawn:
            self._out.write("\r" + " " * self._drawn + "\r")
            self._out.flush()
            self._drawn = 0


def bar(transfer: Transfer) -> str:
    """How far, as a picture; empty when the total is unknown."""
    if not transfer.total:
        return ""
    full = min(_BAR, _BAR * transfer.done // transfer.total)
    return f"[{'#' * full}{'.' * (_BAR - full)}] "


def line(transfer: Transfer, rate: float) -> str:
    """The progress as text; ``rate`` in bytes a second."""
    parts = [f"{_ACTS[transfer.act]} {clean(transfer.name, keep='')[-40:]}:"]
    if transfer.total:
        parts.append(f"{100 * transfer.done // transfer.total:3d} %")
        parts.append(f"{size(transfer.done)} of {size(transfer.total)}")
    else:
        parts.append(size(transfer.done))
    if rate > 0:
        parts.append(f"at {size(int(rate))}/s")
    if rate > 0 and transfer.total:
        parts.append(f"{_duration((transfer.total - transfer.done) / rate)} left")
    return "  ".join(parts)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
