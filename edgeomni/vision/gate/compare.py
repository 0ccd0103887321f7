"""Compares each frame with the scene looked at last and with the frame a moment ago: pure."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edgeomni.vision.gate.cells import EDGE, everywhere, together
from edgeomni.vision.gate.gate_rules import GateRules, Region
from edgeomni.vision.gate.light import Cells, Lit, Reference
from edgeomni.vision.gate.unrest import Unrest

Grid = NDArray[np.uint8]

MOMENT = 0.16
"""Seconds within which something moves or stands still: two frames at 10 a second."""
_LEVELS = (25.0, 4.0)
"""By how much a cell must change, with the lowest sensitivity and with the highest."""
_AREAS = (0.02, 0.00125)
"""Share of the cells that must, likewise: 0.5 % in the middle, a third of the smallest object."""
_LIGHT = (0.35, 0.115)
"""Other light that is a change, as a natural logarithm, likewise: in the middle 22 %."""
_LIGHT_SECONDS = 1.5
"""In which one gets used to other light: exposure drifts slower and lamps are switched faster."""
_UNEVEN = 0.15
"""Change of light within a moment while which it has not settled; mains flicker has up to 0.1."""
_OTHER = 0.1
"""Share of the picture that differs from the scene, from which on that says little of the light."""
_PAN, _PAN_QUARTER = 0.08, 0.03
"""Share of the picture, and of every quarter of it, that moves in a pan: the rest is even."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A frame, as it compares."""

    at: float
    grid: Grid
    score: float
    """Share of the picture that differs from the scene."""
    changed: bool
    moving: bool
    """Since a moment ago; False for the first frames."""
    step: float
    """Share of the picture that moved since the last frame, as far as much of it moves."""
    pan: bool
    settled: bool
    """There is a frame a moment ago, and this one is like it."""


@dataclass(frozen=True, slots=True)
class _Past:
    at: float
    cells: Cells
    lit: Lit


class Comparison:
    """Keeps one scene; all its frames have the same shape."""

    def __init__(self, rules: GateRules, grid: Grid) -> None:
        self.shape = grid.shape
        self._seen = _seen((grid.shape[0], grid.shape[1]), rules.mask)
        self._cells = grid.astype(np.float32)
        self._scene = Reference(self._cells, self._seen)
        self._all = max(1, int(np.count_nonzero(self._seen)))
        self._least = max(1.0, rules.between(*_AREAS) * self._all)
        self._most_light = rules.between(*_LIGHT)
        self._unrest = Unrest(self._cells.shape, self._seen, rules.between(*_LEVELS))
        self._past: deque[_Past] = deque()
        self._used_to = 0.0

    def see(self, at: float, grid: Grid) -> Sight:
        last = self._past[-1] if self._past else None
        passed = at - last.at if last else math.inf
        self._cells = grid.astype(np.float32)
        lit = self._scene.light(self._cells)
        other_light = self._light(lit.gain, passed)
        share = together(np.abs(lit.rest) > self._unrest.limit, self._least) / self._all
        moment = self._a_moment_ago(at)
        moved = _Moved(0, 0, False, False)
        if last and moment:
            moved = self._moved(_Past(at, self._cells, lit), last, moment, share >= _OTHER)
            if moved.share >= _PAN:
                self._unrest.pause(at)
            else:
                step = lit.rest - last.lit.rest
                self._unrest.learn(at, self._scene.cells + lit.rest, step)
        self._past.append(_Past(at, self._cells, lit))
        changed = share * self._all >= self._least or other_light > self._most_light
        if not changed and not moved.moving and moment:
            self._scene.refine(lit, self._unrest.limit)
        return Sight(
            at,
            grid,
            score=max(share, min(1.0, other_light) if other_light > self._most_light else 0.0),
            changed=changed,
            moving=moved.moving,
            step=moved.step,
            pan=moved.pan,
            settled=moment is not None and not moved.moving,
        )

    def take(self, grid: Grid | None = None) -> None:
        """What is compared with from now on: the scene as it is, or a frame that was looked at."""
        cells = self._cells if grid is None else grid.astype(np.float32)
        self._unrest.explain(self._past[-1].at, self._scene.light(cells).rest)
        self._scene = Reference(cells, self._seen)
        self._used_to = 0.0
        again = (replace(each, lit=self._scene.light(each.cells)) for each in self._past)
        self._past = deque(again)

    def _light(self, gain: float, passed: float) -> float:
        """How much it differs from the light one is used to."""
        other = abs(gain - self._used_to)
        share = -math.expm1(-passed / _LIGHT_SECONDS) if math.isfinite(passed) else 1.0
        self._used_to += share * (gain - self._used_to)
        return other

    def _a_moment_ago(self, at: float) -> _Past | None:
        """The newest frame that is old enough; older ones are dropped."""
        past = self._past
        while len(past) > 1 and past[1].at <= at - MOMENT:
            past.popleft()
        return past[0] if past and past[0].at <= at - MOMENT else None

    def _moved(self, now: _Past, last: _Past, moment: _Past, other: bool) -> _Moved:
        limit = self._unrest.limit
        since, gain = self._between(moment, now, other)
        mask = np.abs(since) > limit
        share = together(mask, self._least / 2, EDGE) / self._all
        moving = share * self._all >= self._least / 2 or abs(gain) > _UNEVEN
        if share < _PAN:
            return _Moved(share, 0.0, moving, False)
        step = together(np.abs(self._between(last, now, other)[0]) > limit, 0, EDGE) / self._all
        return _Moved(share, step, moving, everywhere(mask, _PAN_QUARTER))

    def _between(self, before: _Past, now: _Past, other: bool) -> tuple[Cells, float]:
        """What changed, and how the light did; by the scene, unless the picture is another one."""
        if other:
            lit = Reference(before.cells, self._seen).light(now.cells)
            return lit.rest, lit.gain
        return now.lit.rest - before.lit.rest, now.lit.gain - before.lit.gain


@dataclass(frozen=True, slots=True)
class _Moved:
    share: float
    step: float
    moving: bool
    pan: bool


def _seen(shape: tuple[int, int], mask: Iterable[Region]) -> NDArray[np.bool_]:
    """Cells whose middle is in no region of ``mask``."""
    rows, columns = shape
    y = (np.arange(rows)[:, None] + 0.5) / rows
    x = (np.arange(columns)[None, :] + 0.5) / columns
    seen = np.ones(shape, np.bool_)
    for left, top, right, bottom in mask:
        seen &= ~((x >= left) & (x < right) & (y >= top) & (y < bottom))
    return seen
