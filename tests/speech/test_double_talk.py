"""Whoever speaks over our own voice is heard from the first syllable on; our own voice is not."""

from __future__ import annotations

import numpy as np
import pytest

from edgeomni.speech.devices import echo
from edgeomni.speech.devices.double_talk import LAG, DoubleTalk
from edgeomni.speech.devices.echo import STEP, Canceller, WebRtcCanceller
from edgeomni.speech.devices.echo_path import EchoPath
from edgeomni.speech.devices.sound_io import HEARD_RATE
from tests.speech.sounds import Sound, found_in, level
from tests.speech.test_echo import voice

SECONDS = 6.0
ROOM = np.zeros(1600, np.float32)
ROOM[[640, 800, 1100]] = [0.5, 0.2, -0.1]
SPEAKS = round(5.0 * HEARD_RATE)
"""The sample at which a person begins to speak."""


class TakesAll:
    """A canceller that takes everything for an echo."""

    def cancel(self, heard: Sound, played: Sound, delay: float) -> Sound:
        return np.zeros(STEP, np.float32)


@pytest.fixture
def ours() -> Sound:
    return voice(SECONDS)


@pytest.fixture
def returned(ours: Sound) -> Sound:
    return np.convolve(ours, ROOM)[: len(ours)].astype(np.float32)


@pytest.fixture
def person() -> Sound:
    """As loud as our own voice."""
    said = np.zeros(round(SECONDS * HEARD_RATE), np.float32)
    said[SPEAKS:] = voice(SECONDS, seed=11)[: len(said) - SPEAKS]
    return said


def steps_of(*sounds: Sound) -> list[tuple[Sound, ...]]:
    return list(zip(*(np.split(sound, len(sound) // STEP) for sound in sounds), strict=True))


def given(heard: Sound, played: Sound, canceller: Canceller | None = None) -> Sound:
    """Behind ``DoubleTalk``, without its lag."""
    over = DoubleTalk(canceller or TakesAll())
    clean = [over.cancel(*step, 0.0) for step in steps_of(heard, played)]
    return np.concatenate([*clean, np.zeros(LAG, np.float32)])[LAG:]


def decibels(sound: Sound, other: Sound) -> float:
    return 20 * float(np.log10(level(sound) / level(other)))


def test_the_path_of_an_echo_is_learned_within_seconds(ours: Sound, returned: Sound) -> None:
    path = EchoPath()
    left = np.concatenate([path.take(*step)[0] for step in steps_of(returned, ours)])
    assert decibels(left[SPEAKS:], returned[SPEAKS:]) < -15


def test_a_person_is_no_part_of_the_path(ours: Sound, returned: Sound, person: Sound) -> None:
    path = EchoPath()
    left = np.concatenate([path.take(*step)[0] for step in steps_of(returned + person, ours)])
    assert found_in(person[SPEAKS:], left)[1] > 0.95


def test_what_is_heard_while_nothing_is_played_stays_as_it_is(person: Sound) -> None:
    heard = given(person, np.zeros_like(person), WithLag())
    assert np.array_equal(heard[:-LAG], person[:-LAG])


def test_the_first_syllable_over_our_voice_is_given_whole(
    ours: Sound, returned: Sound, person: Sound
) -> None:
    syllable = slice(SPEAKS, SPEAKS + HEARD_RATE // 10)
    heard = given(returned + person, ours)
    assert abs(decibels(heard[syllable], person[syllable])) < 2


def test_nothing_is_given_of_our_voice_alone(ours: Sound, returned: Sound) -> None:
    assert not given(returned, ours).any()


def test_before_the_path_is_known_the_canceller_decides(
    ours: Sound, returned: Sound, person: Sound
) -> None:
    beginning = slice(SPEAKS, None)
    assert not given((returned + person)[beginning], ours[beginning]).any()


def test_a_path_that_has_changed_is_soon_not_believed_any_more(
    ours: Sound, returned: Sound
) -> None:
    louder = np.where(np.arange(len(returned)) < SPEAKS, returned, 3 * returned)
    sounding = np.flatnonzero(given(louder, ours))
    assert len(sounding) / HEARD_RATE < 0.35


@pytest.mark.skipif(not echo.is_available(), reason="the extra echo is not installed")
def test_webrtc_is_as_late_as_it_is_taken_for(person: Sound) -> None:
    canceller, silence = WebRtcCanceller(), np.zeros(STEP, np.float32)
    clean = [canceller.cancel(step, silence, 0.0) for (step,) in steps_of(person)]
    said = person[SPEAKS : SPEAKS + HEARD_RATE // 2]
    assert abs(found_in(said, np.concatenate(clean))[0] - SPEAKS - LAG) <= 1


class WithLag:
    """A canceller that cancels nothing, as late as WebRTC's."""

    def __init__(self) -> None:
        self._late = np.zeros(LAG, np.float32)

    def cancel(self, heard: Sound, played: Sound, delay: float) -> Sound:
        late = np.concatenate([self._late, heard])
        self._late = late[STEP:]
        return late[:STEP]
