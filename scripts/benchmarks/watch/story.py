"""The acts: what happens on a stage, from its beginning to its end."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Literal, get_args

import numpy as np

from benchmarks.watch.drawing import Thing
from benchmarks.watch.stage import Stage

Kind = Literal["appear", "move", "enter", "light", "brief", "leave", "pan", "vanish", "pass", "cut"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In an order in which there is something to move and to vanish."""
STOP = 1 / 6
"""Share of its time in which something stops that moves; on the last tenth of its way."""
Act = Callable[[float], None]
"""Is told how far it is, from 0 to 1, and always of its end."""


def begin(kind: Kind, stage: Stage) -> Act:
    return _ACTS[kind](stage)


def _at_once(done: float) -> None:
    """All that happens has happened at the beginning."""


def _eased(done: float) -> float:
    """Sets off and stops within a sixth of the way's time each, and is even in between."""
    early = min(done, 1 - done)
    way = early * early / (2 * STOP) if early < STOP else early - STOP / 2
    share = way / (1 - STOP)
    return share if done < 0.5 else 1 - share


# ── things ───────────────────────────────────────────────────────────────────────────────────────


def _appear(stage: Stage) -> Act:
    stage.things.append(stage.thing(0.015, 0.05))
    return _at_once


def _vanish(stage: Stage) -> Act:
    seen = stage.most_striking()
    if seen is None:
        return _appear(stage)
    stage.things.remove(seen)
    return _at_once


def _brief(stage: Stage) -> Act:
    shown = stage.thing(0.02, 0.06)
    stage.things.append(shown)

    def act(done: float) -> None:
        if done == 1:
            stage.things.remove(shown)

    return act


def _move(stage: Stage) -> Act:
    moved = stage.most_striking() or stage.thing(0.02, 0.06)
    if moved not in stage.things:
        stage.things.append(moved)
    x, y = moved.x, moved.y
    far = stage.width * stage.chance.uniform(0.2, 0.4) * (1 if x < stage.width / 2 else -1)
    lowest = stage.height - moved.luma.shape[0]
    to_y = min(max(0.0, y + stage.chance.uniform(-0.1, 0.1) * stage.height), lowest)

    def act(done: float) -> None:
        moved.x, moved.y = x + _eased(done) * far, y + _eased(done) * (to_y - y)

    return act


# ── people ───────────────────────────────────────────────────────────────────────────────────────


def _enter(stage: Stage) -> Act:
    person = _person(stage)
    return _walk(person, -person.luma.shape[1], stage.width * stage.chance.uniform(0.3, 0.6))


def _leave(stage: Stage) -> Act:
    person = stage.person or _person(stage)
    return _gone(stage, _walk(person, person.x, stage.width + 4))


def _pass(stage: Stage) -> Act:
    person = _person(stage)
    return _gone(stage, _walk(person, -person.luma.shape[1], stage.width + 4))


def _person(stage: Stage) -> Thing:
    stage.person = stage.thing(0.06, 0.18, tall=2.5)
    return stage.person


def _walk(person: Thing, begin: float, to: float) -> Act:
    ground = person.y

    def act(done: float) -> None:
        person.x = begin + _eased(done) * (to - begin)
        person.y = ground + 5 * math.sin(done * 4 * math.pi)

    return act


def _gone(stage: Stage, walk: Act) -> Act:
    def act(done: float) -> None:
        walk(done)
        if done == 1:
            stage.person = None

    return act


# ── all of the picture ───────────────────────────────────────────────────────────────────────────


def _pan(stage: Stage) -> Act:
    begin, far = stage.left, stage.width * stage.chance.uniform(0.25, 0.5)
    to = begin + far if begin + far <= stage.room else begin - far

    def act(done: float) -> None:
        stage.turned = begin + _eased(done) * (to - begin) - stage.left
        stage.left += stage.turned
        for each in (*stage.things, *((stage.person,) if stage.person else ())):
            each.x -= stage.turned
        if done == 1:
            stage.turned = 0

    return act


def _light(stage: Stage) -> Act:
    """A lamp goes on or off, at one side or in the middle of the ceiling."""
    before = stage.light
    if before.size > 1:
        after = np.ones_like(before)
    else:
        across = np.linspace(-1, 1, stage.width, dtype=np.float32)[None, :]
        side, fall = stage.chance.uniform(-1, 1), stage.chance.uniform(0, 0.3)
        after = stage.chance.uniform(1.45, 2.0) * (1 - np.float32(fall) * np.abs(across - side) / 2)
        after = (1 / after if stage.chance.integers(2) else after).astype(np.float32)

    def act(done: float) -> None:
        stage.light = before + np.float32(done) * (after - before)

    return act


def _cut(stage: Stage) -> Act:
    stage.renew()
    return _at_once


_ACTS: Mapping[Kind, Callable[[Stage], Act]] = {
    "appear": _appear,
    "vanish": _vanish,
    "brief": _brief,
    "move": _move,
    "enter": _enter,
    "leave": _leave,
    "pass": _pass,
    "pan": _pan,
    "light": _light,
    "cut": _cut,
}
