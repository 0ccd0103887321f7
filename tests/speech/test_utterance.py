"""What a voice gives: whether to believe it, and the pauses around it."""

from __future__ import annotations

import numpy as np
import pytest

from edgeomni.speech.devices.sound_io import SPOKEN_RATE, Samples
from edgeomni.speech.voices.utterance import fault, longest, share_said, trimmed
from tests.speech.sounds import tone


def hum(seconds: float) -> Samples:
    return tone(seconds, SPOKEN_RATE, hertz=200)


def quiet(seconds: float) -> Samples:
    return np.zeros(int(seconds * SPOKEN_RATE), np.float32)


BROKEN = hum(1.0)
BROKEN[100] = np.nan


@pytest.mark.parametrize(
    ("sound", "why"),
    [
        (quiet(0), "nothing came"),
        (quiet(1), "silence"),
        (BROKEN, "no sound"),
        (np.full(2400, np.inf, np.float32), "no sound"),
        (hum(60), "60 s of sound came for 2 characters"),
    ],
    ids=["empty", "silent", "NaN", "infinite", "a minute"],
)
def test_what_cannot_be_speech_is_found(sound: Samples, why: str) -> None:
    assert why in fault(sound, "ok", 1.0)


def test_speech_is_believed() -> None:
    assert fault(hum(1.0), "ok", 1.0) == ""


def test_slow_speech_may_take_longer() -> None:
    assert fault(hum(4.5), "okay", 1.0)
    assert not fault(hum(4.5), "okay", 0.5)


def test_digits_and_capitals_take_longer_to_say_than_letters() -> None:
    assert longest("1,234,567", 1.0) > 4.35 * 1.5  # as hibari says it
    assert longest("WWW", 1.0) > longest("www", 1.0)


def test_silence_around_it_is_what_a_listener_expects() -> None:
    sound = np.concatenate([quiet(0.3), hum(1.0), quiet(0.5)])
    assert len(trimmed(sound, "Yes,", 1.0)) == pytest.approx(1.17 * SPOKEN_RATE, abs=50)
    assert len(trimmed(sound, "Yes.", 1.0)) == pytest.approx(1.35 * SPOKEN_RATE, abs=50)
    assert len(trimmed(sound, 'Yes."', 2.0)) == pytest.approx(1.19 * SPOKEN_RATE, abs=50)


def test_a_pause_is_made_where_there_was_none() -> None:
    shaped = trimmed(hum(1.0), "Yes.", 1.0)
    assert len(shaped) == pytest.approx(1.32 * SPOKEN_RATE, abs=50)
    assert not shaped[-2400:].any()


def test_too_loud_is_cut_off() -> None:
    assert float(np.abs(trimmed(hum(1.0) * 5, "Yes.", 1.0)).max()) == 1.0


def test_of_a_text_as_much_is_said_as_there_was_sound() -> None:
    said = hum(1.0)
    shares = [share_said(said, round(at * SPOKEN_RATE), "one two") for at in (0, 0.25, 0.5, 1)]
    assert shares == pytest.approx([0, 0.25, 0.5, 1], abs=0.02)


def test_in_a_pause_nothing_is_said() -> None:
    said = np.concatenate([hum(0.5), quiet(1.0), hum(0.5), quiet(0.3)])
    shares = [share_said(said, round(at * SPOKEN_RATE), "one two") for at in (0.5, 1.5, 1.75, 2.3)]
    assert shares == pytest.approx([0.5, 0.5, 0.75, 1], abs=0.02)


def test_a_comma_is_where_the_pause_is() -> None:
    said = np.concatenate([hum(0.4), quiet(0.2), hum(0.6)])
    shares = [
        share_said(said, round(at * SPOKEN_RATE), "nine, four") for at in (0.2, 0.4, 0.9, 1.2)
    ]
    assert shares == pytest.approx([0.25, 0.5, 0.75, 1], abs=0.02)


def test_a_pause_that_is_no_commas_moves_nothing() -> None:
    said = np.concatenate([hum(0.4), quiet(0.2), hum(0.6)])
    assert share_said(said, round(0.4 * SPOKEN_RATE), "nine four") == pytest.approx(0.4, abs=0.02)
