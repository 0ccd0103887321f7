"""What the person in the room really hears, by PortAudio's own loudspeaker."""

from __future__ import annotations

import time as clock
from collections.abc import Iterator

import numpy as np
import pytest

from edgeomni.speech.devices.sound_io import SPOKEN_RATE, RealClock, Trouble
from edgeomni.speech.devices.speaker import DeviceSpeaker
from tests.speech.lab import RATE, Lab, Recording
from tests.speech.sounds import Sound, found_in, level, sweep, tone
from tests.speech.steady import by_the_clock

pytestmark = pytest.mark.devices

_LATE = 0.25
"""Seconds that the devices of the room may take; 0.04 is usual, on a busy machine more."""


@pytest.fixture
def told() -> list[Trouble]:
    return []


@pytest.fixture
def speaker(lab: Lab, told: list[Trouble]) -> Iterator[DeviceSpeaker]:
    made = DeviceSpeaker("", RealClock(), told.append)
    yield made
    made.close()


@pytest.fixture
def recording(lab: Lab) -> Iterator[Recording]:
    with lab.recording() as made:
        yield made


def wait_for_heard(speaker: DeviceSpeaker, seconds: float) -> None:
    until = clock.monotonic() + seconds + 10
    while speaker.heard < seconds * SPOKEN_RATE:
        assert clock.monotonic() < until
        clock.sleep(0.005)


def loud(sound: Sound) -> Sound:
    """Which hundredths of a second have sound in them."""
    count = RATE // 100
    pieces = sound[: len(sound) // count * count].reshape(-1, count)
    return np.abs(pieces).max(axis=1) > 0.01


def last_sound(sound: Sound) -> float:
    """Seconds"""
    return (int(np.flatnonzero(loud(sound))[-1]) + 1) / 100


@by_the_clock
def test_a_sentence_is_heard_whole(speaker: DeviceSpeaker, recording: Recording) -> None:
    said = sweep(2, SPOKEN_RATE)
    began = recording.seconds
    for start in range(0, len(said), 4_800):
        speaker.play(said[start : start + 4_800])
    wait_for_heard(speaker, 2)
    at, alike = found_in(sweep(2, RATE), recording.rest())
    assert alike > 0.98
    assert at / RATE - began < _LATE
    assert speaker.underruns == 0


@by_the_clock
def test_heard_is_what_the_person_has_heard(speaker: DeviceSpeaker, recording: Recording) -> None:
    speaker.play(sweep(3, SPOKEN_RATE))
    wait_for_heard(speaker, 1)
    position, moment = speaker.heard / SPOKEN_RATE, recording.seconds
    at, _ = found_in(sweep(1, RATE, seconds_of=3), recording.rest())
    assert position == pytest.approx(moment - at / RATE, abs=_LATE)


@by_the_clock
def test_hush_is_silence_within_a_tenth_of_a_second(
    speaker: DeviceSpeaker, recording: Recording
) -> None:
    speaker.play(tone(5, SPOKEN_RATE))
    wait_for_heard(speaker, 0.5)
    moment = recording.seconds
    speaker.hush()
    heard = recording.rest()
    assert last_sound(heard) - moment < 0.1  # 0.055 is usual, 0.03 of it the device's
    assert speaker.queued < 1.5 * SPOKEN_RATE


@by_the_clock
def test_after_hush_the_next_sentence_is_whole(
    speaker: DeviceSpeaker, recording: Recording
) -> None:
    speaker.play(tone(5, SPOKEN_RATE))
    wait_for_heard(speaker, 0.2)
    speaker.hush()
    before = speaker.queued / SPOKEN_RATE
    speaker.play(sweep(1, SPOKEN_RATE))
    wait_for_heard(speaker, before + 1)
    assert found_in(sweep(1, RATE), recording.rest())[1] > 0.98


@by_the_clock
def test_ducked_is_twelve_decibels_less(speaker: DeviceSpeaker, recording: Recording) -> None:
    speaker.play(tone(4, SPOKEN_RATE))
    wait_for_heard(speaker, 1)
    speaker.duck(True)
    wait_for_heard(speaker, 3)
    heard = recording.rest()
    first = int(np.flatnonzero(loud(heard))[0]) / 100
    full, quiet = (
        level(heard[round((first + at) * RATE) : round((first + at + 0.4) * RATE)])
        for at in (0.3, 2.2)
    )
    assert 20 * np.log10(quiet / full) == pytest.approx(-12, abs=0.5)


@by_the_clock
def test_the_next_sentence_is_heard_when_the_devices_come_back(
    speaker: DeviceSpeaker, lab: Lab, told: list[Trouble]
) -> None:
    def wait_for(code: str) -> None:
        until = clock.monotonic() + 10
        while code not in [trouble.code for trouble in told]:
            assert clock.monotonic() < until
            clock.sleep(0.02)

    speaker.play(tone(9, SPOKEN_RATE))
    wait_for_heard(speaker, 0.2)
    lab.stop()
    wait_for("unplugged")
    lab.start()
    wait_for("back")
    with lab.recording() as recording:
        before = speaker.queued / SPOKEN_RATE
        speaker.play(sweep(1, SPOKEN_RATE))
        wait_for_heard(speaker, before + 1)
        assert found_in(sweep(1, RATE), recording.rest())[1] > 0.98
