"""Which frames of a source are let in: times are handed in."""

from __future__ import annotations

from edgeomni.errors import MediaError
from edgeomni.vision.camera import SETTLED
from edgeomni.vision.live import trouble
from edgeomni.vision.live.address import Source
from edgeomni.vision.live.shot import Shot
from edgeomni.vision.live.showing import Showing
from edgeomni.vision.live.tally import Tally
from edgeomni.vision.live.watchdog import Freeze
from edgeomni.vision.size import Size

USELESS = 10.0
"""Seconds of damaged and empty frames alone: some cameras send a keyframe no more often."""


class Entry:
    """None that is empty, too large, of the first moments of a camera, or of before a loss."""

    def __init__(self, source: Source, showing: Showing, tally: Tally) -> None:
        self._source, self._showing, self._tally = source, showing, tally
        self._freeze = Freeze()
        self._last: int | None = None
        self._opened_at = self._good_at = 0.0
        self._useless = 0
        self._entire = True

    def begin(self, now: float) -> None:
        """The source is opened."""
        self._freeze, self._useless, self._entire = Freeze(), 0, True
        self._opened_at = self._good_at = now

    def admit(self, shot: Shot, now: float, *, lost: bool) -> Size | None:
        """Its pixels, those of the first one as it is shown; None for one that is not let in.

        Raises MediaError when the source is frozen.
        """
        try:
            size = self._showing.size(shot.full() if self._entire else shot)
        except MediaError:
            self._useless += 1
            self._tally.skip("too large" if min(shot.frame.width, shot.frame.height) else "empty")
            return None
        device = self._source.device
        if device and device.settles and now - self._opened_at < SETTLED:
            return None
        if self._source.freezes and not self._lives(shot, now, lost=lost):
            return None
        self._good_at, self._entire = now, False
        return size

    def check(self, damaged: int, now: float) -> None:
        """Raises MediaError when all frames, of which so many were damaged, are of no use."""
        if not self._useless + damaged or self._source.holds or self._source.is_timed:
            self._good_at = now
        elif now - self._good_at > USELESS:
            raise trouble.useless(self._source)

    def _lives(self, shot: Shot, now: float, *, lost: bool) -> bool:
        """Neither one frame for ever, nor after a loss the one from before it."""
        if self._freeze.see(now, shot.mark):
            self._last = shot.mark
            raise trouble.frozen(self._source)
        if lost and shot.mark == self._last:
            return False
        self._last = shot.mark
        return True
