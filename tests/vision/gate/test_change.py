"""The gate looks when something matters, once, and at the right frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.watch.judge import Sighted, judge, watch
from benchmarks.watch.scenes import Clip, clip
from benchmarks.watch.story import Kind
from benchmarks.watch.weather import Weather
from edgeomni.vision.gate.change import Gate, GateRules, Look, Region

SHAPE = (36, 64)
CALM = Weather(sigma=2)
FIRST = 0.2
"""Seconds until two frames show the same, at ten a second."""

Picture = Callable[[float], np.ndarray]


def room() -> np.ndarray:
    """Patches of the size of a few cells."""
    patches = np.random.default_rng(5).integers(70, 171, (9, 16))
    return np.kron(patches, np.ones((4, 4))).astype(np.uint8)


ROOM = room()


def box(x: int, y: int = 10, levels: int = 60, size: int = 6) -> np.ndarray:
    """The room with something in it; 36 of 2304 cells."""
    seen = ROOM.astype(int)
    seen[y : y + size, x : x + size] += levels
    return seen.clip(0, 255).astype(np.uint8)


def looks(
    picture: Picture, seconds: float, rate: float = 10, rules: GateRules | None = None
) -> list[tuple[float, Look]]:
    """What the gate says to a scene, with the times at which it does."""
    gate = Gate(rules or GateRules())
    times = [number / rate for number in range(round(seconds * rate))]
    seen = [(at, gate.see(at, picture(at)).look) for at in times]
    return [(at, look) for at, look in seen if look]


def later(found: Iterable[tuple[float, Look]]) -> list[tuple[float, Look]]:
    return [(at, look) for at, look in found if look.why != "first"]


def box_from(start: float, end: float = np.inf, **where: Any) -> Picture:
    shown = box(**{"x": 20, **where})
    return lambda at: shown if start <= at < end else ROOM


def of_event(kind: Kind, weather: Weather = CALM, **how: Any) -> tuple[Clip, list[Sighted]]:
    film = clip(1, weather, [kind], pause=2.0, **how)
    return film, watch(film, GateRules())


# ── when nothing happens ─────────────────────────────────────────────────────────────────────────


def test_the_first_look_comes_when_two_frames_show_the_same() -> None:
    ((at, look),) = looks(lambda at: ROOM, 3)
    assert at == pytest.approx(FIRST)
    assert (look.why, look.score) == ("first", 1.0)


def test_the_first_look_does_not_wait_for_ever() -> None:
    frames = [box(x) for x in range(0, 50, 3)]
    assert looks(lambda at: frames[round(at * 10) % len(frames)], 3)[0][0] == pytest.approx(1.5)


@pytest.mark.parametrize(
    "weather",
    [
        Weather(sigma=12),
        Weather(sigma=12, light=0.3),
        Weather(6, "global", 0.1),
        Weather(6, "rolling", 0.1),
        Weather(6, "rolling", 0.1, mains=60),
        Weather(4, drift=0.2, steps=0.05),
        Weather(6, jpeg=50),
    ],
    ids=["noise", "dark", "flicker", "bands", "bands of 60 Hz", "exposure", "JPEG"],
)
def test_a_camera_that_sees_nothing_new_is_not_looked_at(weather: Weather) -> None:
    assert len(watch(clip(4, weather, (), seconds=15), GateRules())) == 1


def test_a_plant_in_the_wind_is_known_within_seconds() -> None:
    seen = watch(clip(300, Weather(plants=2), (), seconds=25), GateRules())
    assert max(each.at for each in seen) < 6


def test_a_lamp_is_worth_a_look() -> None:
    ((at, look),) = later(looks(lambda at: ROOM if at < 3 else (ROOM * 1.4).astype(np.uint8), 8))
    assert at == pytest.approx(3.2)
    assert look.score > 0.2


def test_a_step_of_exposure_is_not() -> None:
    assert not later(looks(lambda at: ROOM if at < 3 else (ROOM * 1.12).astype(np.uint8), 8))


def test_white_that_does_not_follow_exposure_is_no_change() -> None:
    window = ROOM.copy()
    window[:20, :40] = 255
    darker = np.where(window == 255, 255, window * 0.88).astype(np.uint8)
    assert not later(looks(lambda at: window if at < 3 else darker, 8))


def test_one_damaged_frame_is_no_change() -> None:
    assert not later(looks(lambda at: 255 - ROOM if at == 3 else ROOM, 6))


# ── when something does ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rate", [4, 10, 15, 25, 30, 60])
def test_what_appears_is_looked_at_once_it_stands(rate: int) -> None:
    ((at, look),) = later(looks(box_from(3), 8, rate))
    assert look.why == "change"
    assert look.since == pytest.approx(3)
    assert at - 3 <= max(0.21, 1 / rate)


def test_what_vanishes_is_a_change_too() -> None:
    assert len(later(looks(box_from(0, 4), 8))) == 1


def test_a_large_change_scores_higher() -> None:
    small, large = (later(looks(box_from(3, size=size), 6))[0][1].score for size in (6, 18))
    assert 0 < small < large <= 1


@pytest.mark.parametrize("kind", ["appear", "vanish", "move", "enter", "leave", "light", "cut"])
def test_events_in_a_film_are_looked_at_when_they_are_over(kind: Kind) -> None:
    film, sighted = of_event(kind, Weather(6, "rolling", 0.05))
    assert all(verdict.caught for verdict in judge(film, sighted).verdicts)
    assert not judge(film, sighted).false


@pytest.mark.parametrize("kind", ["pass", "brief"])
def test_what_is_gone_again_is_looked_at_in_a_frame_that_shows_it(kind: Kind) -> None:
    film, sighted = of_event(kind)
    assert judge(film, sighted).verdicts[0].caught


def test_a_pan_is_looked_at_once_and_behind_its_end() -> None:
    film, sighted = of_event("pan")
    (pan,) = film.events
    (behind,) = [each.shown for each in sighted if each.at > pan.start]
    assert pan.end - 0.1 <= behind <= pan.end + 0.5


def test_motion_is_waited_for_though_not_for_ever() -> None:
    def walk(at: float) -> np.ndarray:
        return box(round(10 * at) % 50, size=8) if at >= 2 else ROOM

    times = [at for at, _ in later(looks(walk, 12))]
    assert 3.4 <= times[0] <= 3.8
    assert 2 * 1.4 < times[1] - times[0] < 2 * 1.8


def test_a_change_too_soon_behind_a_look_waits_for_its_turn() -> None:
    times = [at for at, _ in looks(box_from(0.5), 4)]
    assert times == pytest.approx([FIRST, FIRST + 1])


def test_what_came_and_went_before_its_turn_is_shown_all_the_same() -> None:
    (at, look) = looks(box_from(0.4, 0.8), 4)[1]
    assert 0.4 <= at - look.back / 10 < 0.8
    assert look.score > 0


def test_slow_changes_add_up() -> None:
    def dusk_in_a_corner(at: float) -> np.ndarray:
        return box(20, levels=min(60, round(2 * at)), size=10)

    ((at, _),) = later(looks(dusk_in_a_corner, 20))
    assert at > 5


def test_the_sharpest_of_the_last_frames_is_taken() -> None:
    blurred = (128 + (box(20).astype(float) - 128) * 0.94).astype(np.uint8)
    frames = {3.0: blurred, 3.1: box(20), 3.2: blurred}
    ((at, look),) = later(looks(lambda at: frames.get(at, ROOM if at < 3 else blurred), 5))
    assert (at, look.back) == (3.2, 1)


def test_a_film_that_goes_on_moving_is_looked_at_soon_behind_a_cut() -> None:
    scenes = [np.random.default_rng(seed).integers(60, 200, (9, 40)) for seed in (1, 2)]
    wide = [np.kron(scene, np.ones((4, 4))).astype(np.uint8) for scene in scenes]

    def film(at: float) -> np.ndarray:
        """In the second scene the camera turns, by four cells in a second."""
        left = round(4 * (at - 3)) if at >= 3 else 0
        return wide[at >= 3][:, left : left + SHAPE[1]]

    assert later(looks(film, 5))[0][0] == pytest.approx(3.1)


# ── the rules ────────────────────────────────────────────────────────────────────────────────────


def test_what_is_masked_is_not_looked_at() -> None:
    left = GateRules(mask=(Region(0, 0, 0.5, 1),))
    assert not later(looks(box_from(3, x=20), 6, rules=left))
    assert later(looks(box_from(3, x=44), 6, rules=left))


def test_all_may_be_masked() -> None:
    assert not later(looks(box_from(3), 6, rules=GateRules(mask=(Region(0, 0, 1, 1),))))


def test_the_sensitive_gate_sees_what_is_faint() -> None:
    faint = box_from(3, levels=8)
    assert later(looks(faint, 6, rules=GateRules(sensitivity=1)))
    assert not later(looks(faint, 6, rules=GateRules(sensitivity=0)))


def test_it_looks_again_after_the_longest_pause() -> None:
    found = later(looks(lambda at: ROOM, 11, rules=GateRules(most=4)))
    assert [at for at, _ in found] == pytest.approx([FIRST + 4, FIRST + 8])
    assert {look.why for _, look in found} == {"interval"}


# ── odd sources ──────────────────────────────────────────────────────────────────────────────────


def test_a_gap_in_the_frames_does_no_harm() -> None:
    gate = Gate(GateRules())
    frames = [(0.0, ROOM), (0.2, ROOM), (60.0, box(20)), (60.2, box(20)), (60.4, box(20))]
    found = [at for at, grid in frames if gate.see(at, grid).look]
    assert found == [0.2, 60.2]


@pytest.mark.parametrize("other", [(9.0, ROOM[:20]), (0.5, ROOM)], ids=["size", "time"])
def test_another_size_or_an_earlier_time_begins_anew(other: tuple[float, np.ndarray]) -> None:
    gate, (at, grid) = Gate(GateRules()), other
    for number in range(10):
        gate.see(number, ROOM)
    assert gate.see(at, grid).look is None
    look = gate.see(at + 0.2, grid).look
    assert look is not None
    assert look.why == "first"


@settings(max_examples=40, deadline=None)
@given(
    waits=st.lists(st.floats(0, 3), min_size=5, max_size=40),
    seed=st.integers(0, 99),
    least=st.floats(0, 4),
)
def test_looks_keep_their_distance_and_name_frames_that_there_are(
    waits: list[float], seed: int, least: float
) -> None:
    chance = np.random.default_rng(seed)
    gate, at, last = Gate(GateRules(least=least)), 0.0, -np.inf
    for number, wait in enumerate(waits, 1):
        at += wait
        seen = gate.see(at, box(int(chance.integers(58)), levels=int(chance.integers(-90, 90))))
        assert 0 <= seen.score <= 1
        if seen.look:
            assert seen.look.back < min(number, Gate.KEEP)
            assert seen.look.since <= at
            assert at - last >= least - 1e-3
            last = at


@pytest.mark.parametrize("level", [0, 255])
def test_a_covered_lens_is_a_change_and_no_accident(level: int) -> None:
    covered = np.full(SHAPE, level, np.uint8)
    assert len(later(looks(lambda at: ROOM if at < 3 else covered, 8))) == 1
