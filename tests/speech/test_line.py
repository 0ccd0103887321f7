"""What waits to be played: cut, faded, made quiet, and counted."""

from __future__ import annotations

import numpy as np
import pytest

from edgeomni.speech.devices.line import FADE, RAMP, Line
from edgeomni.speech.devices.sound_io import SPOKEN_RATE
from tests.speech.sounds import found_in, level, sweep, tone

CHUNK = 240


def taken(line: Line, seconds: float) -> np.ndarray:
    count = line.rate // 100
    return np.concatenate([line.take(count)[0] for _ in range(round(seconds * 100))])


def ones(count: int) -> np.ndarray:
    return np.ones(count, np.float32)


def test_pieces_follow_each_other_without_a_gap() -> None:
    line, said = Line(SPOKEN_RATE), sweep(0.5, SPOKEN_RATE)
    for start in range(0, len(said), 777):
        line.play(said[start : start + 777])
    assert np.array_equal(taken(line, 0.5), said)


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000, 96_000])
def test_at_another_rate_all_of_it_comes_at_once_and_whole(rate: int) -> None:
    line, said = Line(rate), sweep(1, SPOKEN_RATE)
    line.play(said[:9_999])
    line.play(said[9_999:])
    found = taken(line, 1.1)
    at, alike = found_in(sweep(1, rate), found)
    assert at <= rate // 1000
    assert alike > 0.99


@pytest.mark.parametrize("rate", [24_000, 44_100, 48_000])
def test_when_all_is_taken_the_positions_agree(rate: int) -> None:
    line = Line(rate)
    for count in (1, 777, 24_000, 13):
        line.play(ones(count))
        taken(line, 1.2)
        assert line.taken == line.queued
    assert line.queued == 24_791


def test_positions_move_as_sound_is_taken_and_not_with_silence() -> None:
    line = Line(SPOKEN_RATE)
    line.take(CHUNK)
    line.play(ones(3 * CHUNK))
    line.take(CHUNK)
    assert (line.taken, line.queued) == (CHUNK, 3 * CHUNK)


def test_it_says_how_much_of_it_is_sound() -> None:
    line = Line(SPOKEN_RATE)
    line.play(ones(100))
    assert line.take(CHUNK)[1] == 100
    assert line.take(CHUNK)[1] == 0


@pytest.mark.parametrize("rate", [24_000, 48_000])
def test_hush_fades_within_milliseconds_and_forgets_the_rest(rate: int) -> None:
    line = Line(rate)
    line.play(ones(SPOKEN_RATE))
    taken(line, 0.1)
    line.hush()
    rest = taken(line, 0.1)
    fade = round(FADE * rate)
    assert not rest[fade:].any()
    assert np.abs(np.diff(rest[: fade + 1])).max() < 0.02
    assert line.taken == line.queued == round((0.1 + FADE) * SPOKEN_RATE)


def test_after_hush_the_next_sentence_is_whole() -> None:
    line = Line(48_000)
    line.play(ones(SPOKEN_RATE))
    line.hush()
    line.play(sweep(0.5, SPOKEN_RATE))
    assert found_in(sweep(0.5, 48_000), taken(line, 0.7))[1] > 0.99


def test_hush_in_silence_is_nothing() -> None:
    line = Line(48_000)
    line.hush()
    assert not taken(line, 0.1).any()
    assert line.queued == 0


def test_ducked_it_is_twelve_decibels_quieter_and_back_again_without_a_step() -> None:
    line = Line(SPOKEN_RATE)
    line.play(tone(2, SPOKEN_RATE, 100))
    loud = level(taken(line, 0.2))
    line.duck(True)
    ramp = taken(line, 0.1)
    quiet = level(taken(line, 0.2))
    line.duck(False)
    back = taken(line, 0.1)
    again = level(taken(line, 0.2))
    assert 20 * np.log10(quiet / loud) == pytest.approx(-12.04, abs=0.05)
    assert again == pytest.approx(loud, rel=1e-3)
    assert max(np.abs(np.diff(ramp)).max(), np.abs(np.diff(back)).max()) < 0.02
    assert level(ramp[round(RAMP * SPOKEN_RATE) :]) < 0.3 * loud


def test_what_is_no_number_is_not_played() -> None:
    line = Line(48_000)
    line.play(np.array([np.nan, np.inf, 1e30, -1e30], np.float32).repeat(1000))
    found = taken(line, 0.3)
    assert np.isfinite(found).all()
    assert np.abs(found).max() < 1.6
