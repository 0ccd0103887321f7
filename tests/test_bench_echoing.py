"""The arithmetic of V8 over an echo; nothing is spoken, heard or timed here."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.voice.buffers import Buffers
from benchmarks.voice.echoing import Told, lines
from benchmarks.voice.interruption import TURNS, Heard
from benchmarks.voice.studio import SPOKEN_RATE

KEPT = Buffers(microphone=0.04, loudspeaker=0.03)
COUGH, ONSET = 4.0, 7.0
"""Seconds; the answer sounds from the first second on."""


def told(silent: float, *noticed: float) -> Told:
    sound = np.zeros(12 * SPOKEN_RATE, np.float32)
    sound[SPOKEN_RATE : round(silent * SPOKEN_RATE)] = 0.5
    return Told(Heard(sound, ONSET, COUGH), noticed)


def test_what_devices_keep_back_is_no_wait_for_the_program() -> None:
    heard, own, within = lines([told(ONSET + 0.25, ONSET + 0.15)] * TURNS, KEPT)
    assert heard.figure == pytest.approx(250, abs=1)
    assert own.figure == within.figure == pytest.approx(180, abs=1)
    assert within.met is True


def test_an_answer_that_hears_itself_meets_nothing() -> None:
    itself = told(ONSET + 0.25, COUGH + 1.5, ONSET + 0.15)
    *_, within = lines([itself] + [told(ONSET + 0.25)] * (TURNS - 1), KEPT)
    assert within.met is False
    assert f"1 of {TURNS} answers took their own echo for somebody" in within.guards[-1].says


def test_a_cough_that_is_taken_for_somebody_is_no_echo() -> None:
    *_, within = lines([told(ONSET + 0.25, COUGH + 0.2)] * TURNS, KEPT)
    assert within.met is True


def test_an_answer_that_goes_on_meets_nothing() -> None:
    *_, within = lines([told(11.9)] + [told(ONSET + 0.1)] * (TURNS - 1), KEPT)
    assert within.met is False
