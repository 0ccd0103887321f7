"""How far a download is: one line that moves on a terminal, a few that stand elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable

from edgeomni.catalog.progress import Transfer, size
from edgeomni.cli.output import Screen

_WIDTH = 24
_EVERY_S = 0.1
_ACTS = {"download": "fetching", "verify": "checking", "unpack": "unpacking"}


class Bar:
    """Shows transfers on stderr."""

    def __init__(self, screen: Screen, clock: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._clock = clock
        self._drawn = float("-inf")

    def say(self, text: str) -> None:
        self._screen.notice(text)

    def step(self, transfer: Transfer) -> None:
        """Redraw ten times a second at most, and for the last step of each act."""
        over = transfer.done >= transfer.total > 0
        if not over and self._clock() - self._drawn < _EVERY_S:
            return
        self._drawn = self._clock()
        self._screen.redraw(bar_line(transfer))
        if over:
            self._screen.redraw("")


def bar_line(transfer: Transfer) -> str:
    """E.g. ``fetching model.gguf  ▓▓▓▓░░░░  52 %  51.1 MB of 98.4 MB``."""
    act = f"{_ACTS[transfer.act]} {transfer.name}"
    if not transfer.total:
        return f"{act}  {size(transfer.done)}"
    share = min(1.0, transfer.done / transfer.total)
    full = int(share * _WIDTH)
    bar = "▓" * full + "░" * (_WIDTH - full)
    return f"{act}  {bar} {share:4.0%}  {size(transfer.done)} of {size(transfer.total)}"
