"""Frames go past the gate, and those worth a look become events."""

from __future__ import annotations

from collections.abc import Callable

from edgeomni.errors import MediaError
from edgeomni.values import Fit, Image
from edgeomni.vision.live.address import Source
from edgeomni.vision.live.gate import Gate, ToGrid
from edgeomni.vision.live.kept import Kept, Sighting
from edgeomni.vision.live.shot import Shot
from edgeomni.watch_events import Event, Look, Picture

_HOLD = 0.2
"""Seconds after which the gate sees a picture that stays until the next one once more."""


class Showing:
    """What is seen of one source, and kept of it."""

    def __init__(
        self,
        source: Source,
        gate: Gate,
        to_grid: ToGrid,
        emit: Callable[[Event], None],
        fit: Fit,
        number: int,
    ) -> None:
        """``fit`` is for the pictures of looks, and ``number`` the frames seen before."""
        self._source, self._gate, self._to_grid = source, gate, to_grid
        self._emit, self._fit = emit, fit
        self._kept = Kept(source.name, gate.KEEP)
        self.number = number
        """Frames seen so far."""
        self._mark: int | None = None
        self._came = self._seen_at = 0.0
        self.score = 0.0
        self.state = ""
        """The gate's; empty while there is nothing to be seen."""

    def size(self, shot: Shot) -> tuple[int, int]:
        """Pixels, as it is shown or seen. Raises MediaError where it is empty or too large."""
        return self._kept.size(shot)

    def see(self, shot: Shot, at: float, now: float) -> None:
        """``at`` is by the clock of the watch, ``now`` by that of the machine."""
        if shot.mark != self._mark or not self._source.freezes:
            self._came = now  # one that is repeated is as old as it was
        self._mark = shot.mark
        self.number += 1
        self._show(shot, at, now)

    def hold(self, at: float, now: float) -> None:
        """A picture that stays until the next one is what there is to see now."""
        last = self._kept.newest(now, holds=True)
        if last is not None and now - self._seen_at >= _HOLD:
            self._show(last.shot, at, now)

    def forget(self) -> None:
        """The source is lost or closed: what it gave is the past."""
        self._kept.forget()
        self.state = ""

    def picture(self, now: float, fit: Fit) -> Picture | None:
        """The newest stable frame; None where there is none of the present."""
        found = self._kept.newest(now, holds=self._source.holds or self._source.is_timed)
        image = found and self._image(found, fit)
        return Picture(found.at, found.number, image) if found and image else None

    def _show(self, shot: Shot, at: float, now: float) -> None:
        self._seen_at = now
        seen = self._gate.see(at, self._to_grid(shot.frame))
        self.score, self.state = seen.score, seen.state
        self._kept.add(Sighting(shot, at, self._came, self.number, seen.state))
        if seen.look is None:
            return
        look, chosen = seen.look, self._kept.before(seen.look.back)
        if image := self._image(chosen, self._fit):
            self._emit(Look(chosen.at, chosen.number, look.why, look.score, look.since, image))

    def _image(self, sighting: Sighting, fit: Fit) -> Image | None:
        try:
            return self._kept.image(sighting, fit)
        except MediaError:  # of what was within the limits as it came
            return None
