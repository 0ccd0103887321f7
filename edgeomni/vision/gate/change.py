"""Decides, frame by frame, when a scene is worth a look by the vision model: pure.

A look waits until what moves has come to stand, though not for long. What changed and changed back
before a look was possible is looked at in a frame that still shows it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from edgeomni.vision.gate.cells import sharpness
from edgeomni.vision.gate.compare import MOMENT, Comparison, Sight
from edgeomni.vision.gate.gate_rules import GateRules, Look, Region, Seen, State, Why
from edgeomni.vision.gate.grid import grid

__all__ = ["Gate", "GateRules", "Look", "Region", "Seen", "grid"]

_PATIENCE = 1.5
"""Seconds of motion before a look in spite of it."""
_PAN_PATIENCE = 5.0
"""The same when all of the picture moves, which blurs it."""
_TURNING = 0.25
"""Share of the frames that must show a pan: its beginning and its end do not."""
_DOUBLINGS = 3
"""How often the patience doubles while the motion goes on."""
_SLOW = 5.0
"""Seconds for which a change that nobody saw moving must last: a shadow that wanders, or dusk. It
doubles with each look that is for one of these."""
_SLOW_DOUBLINGS = 4
_GIVE_UP = 1.5
"""Seconds to wait for a first frame that stands still."""
_CUT = 0.3
"""Share of the picture that changes in a cut, from one frame to the next."""
_CALM = 0.5
"""What moves before a cut and behind it, as a share of that."""
_SURE = 2
"""Frames that must show a change: one alone may be a flash or damaged."""
_LEFT = 0.25
"""Share of the largest change by which something has all but gone again."""
_SHARPER = 1.02
"""By how much an older frame must be sharper to be preferred."""
_CLOSE = 1e-6
"""Seconds that rounding may take off a time."""


class Gate:
    """Sees every frame of one source, in order.

    The first look comes when two frames show the same, or after ``_GIVE_UP``. A frame of another
    size, or from before the last one, begins anew.
    """

    KEEP = 16
    """How many of the last frames ``Look.back`` may ask for: at 30 a second, of half a second."""

    def __init__(self, rules: GateRules) -> None:
        self._rules = rules
        self._comparison: Comparison | None = None
        self._frames: deque[Sight] = deque(maxlen=self.KEEP)
        self._began = 0.0
        self._looked: float | None = None
        self._slow = 0
        self._forget()

    def see(self, at: float, grid: NDArray[np.uint8]) -> Seen:
        """One frame's ``grid``, at seconds of the source's clock; any rate, and gaps, will do."""
        comparison = self._comparison
        if comparison is None or comparison.shape != grid.shape or at < self._frames[-1].at:
            self._comparison = comparison = Comparison(self._rules, grid)
            self._frames.clear()
            self._began, self._looked, self._slow = at, None, 0
            self._forget()
        sight = comparison.see(at, grid)
        self._frames.append(sight)
        self._follow(sight)
        look = self._look(sight)
        if look:
            self._remember(look, sight, comparison)
        return Seen(sight.score, self._state(sight), look)

    # ── what goes on ─────────────────────────────────────────────────────────────────────────────

    def _forget(self) -> None:
        """As after a look at a scene that stands still."""
        self._run, self._run_began = 0, 0.0
        self._since: float | None = None
        self._motion_began: float | None = None
        self._doublings = 0
        self._moved = False
        self._cut: float | None = None

    def _follow(self, sight: Sight) -> None:
        if sight.changed:
            if not self._run:
                self._run_began = sight.at
            self._run += 1
            if self._run >= _SURE and self._since is None:
                self._since = self._run_began
        else:
            self._run = 0
        if not sight.moving:
            self._motion_began, self._doublings = None, 0
        elif self._motion_began is None:
            self._motion_began, self._moved = sight.at, True
        self._follow_cut()

    def _follow_cut(self) -> None:
        """A film goes on moving behind a cut: what is new is looked at without waiting."""
        if len(self._frames) < 3:
            return
        before, jump, behind = (self._frames[number] for number in (-3, -2, -1))
        calm = _CALM * jump.step
        if jump.step >= _CUT and before.step <= calm and behind.step <= calm:
            self._cut = behind.at
        elif behind.step > _CUT:
            self._cut = None

    def _state(self, sight: Sight) -> State:
        if sight.moving:
            return "moving"
        return "still" if self._since is None else "settling"

    # ── the look ─────────────────────────────────────────────────────────────────────────────────

    def _look(self, sight: Sight) -> Look | None:
        at = sight.at
        if self._looked is None:
            ready = sight.settled or at - self._began >= _GIVE_UP
            return self._at(sight, "first", self._began) if ready else None
        passed = at - self._looked + _CLOSE
        if passed < self._rules.least:
            return None
        if self._since is not None and self._is_ready(self._since, sight):
            return self._at(sight, "change", self._since)
        if self._rules.most is not None and passed >= self._rules.most:
            return self._at(sight, "interval", at)
        return None

    def _is_ready(self, since: float, sight: Sight) -> bool:
        if sight.moving:
            return self._is_enough(sight.at)
        return self._moved or sight.at - since >= _SLOW * 2.0**self._slow

    def _is_enough(self, at: float) -> bool:
        """Whether the look comes though something moves."""
        if self._cut is not None and at - self._cut < MOMENT:
            return True
        if self._motion_began is None:
            return False
        since = [frame for frame in self._frames if frame.at >= self._motion_began]
        pan = sum(frame.pan for frame in since) > _TURNING * len(since)
        patience = (_PAN_PATIENCE if pan else _PATIENCE) * 2.0**self._doublings
        return at - self._motion_began + _CLOSE >= patience

    def _at(self, sight: Sight, why: Why, since: float) -> Look:
        back = self._best(sight)
        shown = self._frames[-1 - back]
        return Look(why, 1.0 if why == "first" else shown.score, since, back)

    def _best(self, sight: Sight) -> int:
        """The sharpest of the frames that show what is to be seen."""
        best, sharpest = 0, 0.0
        for back in self._showing(sight):
            sharp = sharpness(self._frames[-1 - back].grid)
            if sharp > sharpest * _SHARPER:
                best, sharpest = back, sharp
        return best

    def _showing(self, sight: Sight) -> Iterator[int]:
        """Frames, the newest first: those of the last moment, unless the change is gone again."""
        frames = list(self._frames)[::-1]
        if not self._is_gone(sight):
            return (n for n, each in enumerate(frames) if sight.at - each.at <= MOMENT + _CLOSE)
        most = max(frame.score for frame in frames)
        return (n for n, each in enumerate(frames) if each.changed and each.score >= most * 0.8)

    def _is_gone(self, sight: Sight) -> bool:
        """Whether most of the change is over; what is left of it is looked at by itself."""
        if self._since is None:
            return False
        scores = [frame.score for frame in self._frames if frame.at >= self._since]
        return not sight.changed or sight.score < _LEFT * max(scores, default=0.0)

    def _remember(self, look: Look, sight: Sight, comparison: Comparison) -> None:
        self._looked = sight.at
        if not self._is_gone(sight):
            comparison.take(self._frames[-1 - look.back].grid if sight.moving else None)
        if look.why == "change":
            self._slow = 0 if self._moved else min(_SLOW_DOUBLINGS, self._slow + 1)
        began, doublings = self._motion_began, self._doublings
        self._forget()
        if sight.moving and began is not None:
            self._motion_began, self._moved = sight.at, True
            self._doublings = min(_DOUBLINGS, doublings + 1)
