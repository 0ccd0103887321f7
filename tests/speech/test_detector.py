"""Speech behind silence of a kind that no room has: the detectors find its beginning."""

from __future__ import annotations

import numpy as np
import pytest
import soxr
from hibari import Hibari

from edgeomni.speech.devices.sound_io import BLOCK, HEARD_RATE, SPOKEN_RATE, Samples
from edgeomni.speech.ears.detector import speech_in
from edgeomni.speech.ears.hiss import with_hiss
from edgeomni.speech.ears.meter import SpeechMeter
from tests.speech.conftest import noise, silence

SILENCE = 30.0
"""Seconds, of nothing but zeros."""


def call(text: str) -> Samples:
    """Said on a line of 8 kHz that is dead otherwise."""
    said = Hibari()(text)
    said = said[np.flatnonzero(np.abs(said) > 0.01)[0] :]
    near = soxr.resample(soxr.resample(said, SPOKEN_RATE, 8000), 8000, HEARD_RATE)
    return np.concatenate([silence(SILENCE), near.astype(np.float32), silence(2.0)])


def test_the_first_word_behind_a_dead_line_is_found() -> None:
    (found,) = speech_in(call("The first sentence stands at the very beginning."))
    assert found.start == pytest.approx(SILENCE, abs=0.2)


def test_the_first_word_behind_a_dead_line_begins_a_turn() -> None:
    meter, sound = SpeechMeter(), call("Nobody has said a word for a very long time.")
    blocks = sound[: len(sound) // BLOCK * BLOCK].reshape(-1, BLOCK)
    speech = [at for at, block in enumerate(blocks) if meter.probability(block) >= 0.5]
    assert speech[0] * BLOCK / HEARD_RATE == pytest.approx(SILENCE, abs=0.15)


@pytest.mark.parametrize("count", [0, 5, BLOCK, 40 * BLOCK + 5])
def test_dead_silence_is_filled_the_same_in_one_piece_and_in_blocks(count: int) -> None:
    dead = np.zeros(count, np.float32)
    whole = with_hiss(dead)
    parts = [with_hiss(dead[at : at + BLOCK], at // BLOCK) for at in range(0, count, BLOCK)]
    assert np.array_equal(whole, np.concatenate([silence(0), *parts]))


def test_what_it_is_filled_with_is_not_to_be_heard() -> None:
    filled = np.abs(with_hiss(silence(1.0)))
    assert 0 < filled.max() < 0.001


def test_nothing_is_added_to_any_sound() -> None:
    room = noise(1.0, 0.0001)
    assert with_hiss(room) is room
