"""A loudspeaker that is heard by the microphone beside it."""

from __future__ import annotations

import threading
import time as clock
from collections.abc import Iterator

import numpy as np
import pytest
import soxr

from edgeomni.speech.devices import echo
from edgeomni.speech.devices.echo import Canceller, EchoFreeMicrophone, WebRtcCanceller
from edgeomni.speech.devices.microphone import DeviceMicrophone
from edgeomni.speech.devices.reference import Played
from edgeomni.speech.devices.sound_io import HEARD_RATE, SPOKEN_RATE, RealClock
from edgeomni.speech.devices.speaker import DeviceSpeaker
from tests.speech.lab import RATE, Lab
from tests.speech.sounds import Sound, found_in, joined, level
from tests.speech.steady import by_the_clock
from tests.speech.test_echo import voice

pytestmark = pytest.mark.devices

SECONDS = 8.0


class Watched:
    """Keeps what goes in and out of a canceller, or of none."""

    def __init__(self, canceller: Canceller | None = None) -> None:
        self._canceller = canceller
        self._steps = list[tuple[Sound, Sound, Sound]]()
        self.delay = 0.0

    def cancel(self, heard: Sound, played: Sound, delay: float) -> Sound:
        clean = self._canceller.cancel(heard, played, delay) if self._canceller else heard
        self._steps.append((heard, played, clean))
        self.delay = delay
        return clean

    @property
    def sounds(self) -> tuple[Sound, Sound, Sound]:
        """Heard, played, clean: the last three seconds of speaking."""
        count = round((SECONDS - 0.5) * 100)
        return tuple(map(np.concatenate, zip(*self._steps[count - 300 : count], strict=True)))


@pytest.fixture
def room(lab: Lab) -> Iterator[Lab]:
    with lab.echo():
        yield lab


def converse(canceller: Canceller) -> Sound:
    """What is heard while something is said."""
    played, told = Played(), list[object]()
    speaker = DeviceSpeaker("", RealClock(), told.append, played=played)
    inner = DeviceMicrophone("", RealClock(), told.append)
    microphone = EchoFreeMicrophone(inner, played, canceller)
    blocks = list[object]()
    listening = threading.Thread(target=lambda: blocks.extend(iter(microphone.read, None)))
    listening.start()
    speaker.play(voice(SECONDS, rate=SPOKEN_RATE))
    until = clock.monotonic() + SECONDS + 10
    while speaker.heard < speaker.queued:
        assert clock.monotonic() < until
        clock.sleep(0.05)
    clock.sleep(0.2)
    microphone.close()
    listening.join(10)
    speaker.close()
    return joined(blocks)


@by_the_clock
def test_what_was_played_is_laid_beside_its_echo(room: Lab) -> None:
    watched = Watched()
    converse(watched)
    heard, played, _ = watched.sounds
    assert 0.01 < watched.delay < 0.3
    shifts, likenesses = list[float](), list[float]()
    for start in range(0, 2 * HEARD_RATE, HEARD_RATE // 4):
        at, alike = found_in(played[start : start + HEARD_RATE // 4], heard[start:])
        shifts.append(at / HEARD_RATE)
        likenesses.append(alike)
    # On a busy machine the room itself tears some of it: the usual quarter of a second counts.
    assert np.median(likenesses) > 0.9
    assert np.median(shifts) == pytest.approx(watched.delay, abs=0.01)


@pytest.mark.skipif(not echo.is_available(), reason="the extra echo is not installed")
@by_the_clock
def test_nothing_of_our_own_voice_is_left_to_hear(room: Lab) -> None:
    watched = Watched(WebRtcCanceller())
    converse(watched)
    heard, _, clean = watched.sounds
    assert 20 * np.log10(level(heard) / (level(clean) + 1e-9)) > 15


@pytest.mark.skipif(not echo.is_available(), reason="the extra echo is not installed")
@by_the_clock
def test_who_speaks_over_our_voice_is_heard(room: Lab) -> None:
    watched, other = Watched(WebRtcCanceller()), voice(2, seed=11, rate=RATE)
    speaking = threading.Timer(5.0, lambda: room.say_sound(2 * other, RATE))
    speaking.start()
    heard = converse(watched)
    speaking.join()
    assert found_in(soxr.resample(other, RATE, HEARD_RATE), heard)[1] > 0.4
