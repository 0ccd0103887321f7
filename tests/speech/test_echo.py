"""Our own voice is known by what was played and when, and taken out of what is heard."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from edgeomni.errors import DeviceError
from edgeomni.paths import pip_install
from edgeomni.speech.devices import echo
from edgeomni.speech.devices.delay import Delay, delay_of
from edgeomni.speech.devices.echo import STEP, EchoFreeMicrophone, WebRtcCanceller
from edgeomni.speech.devices.reference import KEPT, Played
from edgeomni.speech.devices.sound_io import BLOCK, HEARD_RATE, Block
from tests.speech.sounds import Sound, found_in, joined, level, sweep


def voice(seconds: float, seed: int = 3, rate: int = HEARD_RATE) -> Sound:
    """Noise that swells and stops as speech does."""
    count = round(seconds * rate)
    white = np.random.default_rng(seed).normal(0, 0.2, count)
    slow = np.convolve(white, np.ones(4) / 4, "same")
    swell = np.clip(np.sin(np.arange(count) * 2 * np.pi * 2.3 / rate), 0, 1)
    return (slow * swell).astype(np.float32)


class Heard:
    """A microphone that hears a sound, its blocks up to some milliseconds off."""

    def __init__(self, sound: Sound, jitter: float = 0.0) -> None:
        self._blocks = self._cut(sound, jitter)

    def _cut(self, sound: Sound, jitter: float) -> Iterator[Block]:
        random = np.random.default_rng(1)
        for number in range(len(sound) // BLOCK):
            samples = sound[number * BLOCK : (number + 1) * BLOCK]
            yield Block(samples, (number + 1) * BLOCK / HEARD_RATE + random.uniform(0, jitter))

    def read(self) -> Block | None:
        return next(self._blocks, None)

    def close(self) -> None:
        self._blocks = iter(())


class Subtract:
    """Cancels a room without any delay or sound of its own."""

    def cancel(self, heard: Sound, played: Sound, delay: float) -> Sound:
        assert len(heard) == len(played) == STEP
        return heard - played


def played(
    sound: Sound, rate: int = HEARD_RATE, *, late: float = 0.0, kept: float = KEPT
) -> Played:
    """By steps of 10 ms, some of which are told late."""
    made, random = Played(kept), np.random.default_rng(2)
    step = rate // 100
    for number in range(len(sound) // step):
        moment = number / 100 + (random.uniform(0, late) if number else 0)
        made.put(sound[number * step : (number + 1) * step], rate, moment)
    return made


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_what_was_played_is_found_by_its_time(rate: int) -> None:
    known = played(sweep(1, rate), rate)
    first = known.index(0.25)
    assert first is not None
    at, alike = found_in(known.read(first, HEARD_RATE // 2), sweep(1, HEARD_RATE))
    assert at / HEARD_RATE == pytest.approx(0.25, abs=0.001)
    assert alike > 0.99


def test_steps_that_are_told_late_do_not_tear_it() -> None:
    known = played(sweep(2, 48_000), 48_000, late=0.02)
    first = known.index(0.5)
    assert first is not None
    assert found_in(known.read(first, HEARD_RATE), sweep(2, HEARD_RATE))[1] > 0.99
    assert first / HEARD_RATE == pytest.approx(0.5, abs=0.005)


def test_what_is_not_known_is_silence() -> None:
    known = played(np.ones(HEARD_RATE, np.float32))
    assert Played().index(1.0) is None
    assert not known.read(-1000, 500).any()
    assert not known.read(2 * HEARD_RATE, 500).any()
    assert level(known.read(HEARD_RATE // 2, 500)) == pytest.approx(1, rel=0.01)


@pytest.mark.parametrize("delay", [0.0, 0.044, 0.21, 0.45])
def test_the_delay_of_an_echo_is_found(delay: float) -> None:
    said, other = voice(1.5), voice(1.5, seed=9)
    shifted = np.concatenate([np.zeros(round(delay * HEARD_RATE), np.float32), said])[: len(said)]
    assert delay_of(0.3 * shifted + 0.1 * other, said) == pytest.approx(delay, abs=0.001)


def test_where_there_is_no_echo_there_is_no_delay() -> None:
    assert delay_of(voice(1.5, seed=4), voice(1.5)) is None
    assert delay_of(voice(1.5), np.zeros(24_000, np.float32)) is None


def test_the_delay_is_kept_while_nothing_is_played() -> None:
    delay, said = Delay(), voice(4)
    heard = np.concatenate([np.zeros(800, np.float32), said])
    for start in range(0, len(said), BLOCK):
        piece = said[start : start + BLOCK]
        delay.feed(heard[start : start + len(piece)], piece)
    assert delay.seconds == pytest.approx(0.05, abs=0.001)
    for _ in range(100):
        delay.feed(np.zeros(BLOCK, np.float32), np.zeros(BLOCK, np.float32))
    assert delay.seconds == pytest.approx(0.05, abs=0.001)


def blocks_of(microphone: EchoFreeMicrophone) -> list[Block]:
    return list(iter(microphone.read, None))


def test_blocks_stay_blocks_and_say_when_they_were_heard() -> None:
    said = sweep(1, HEARD_RATE)
    blocks = blocks_of(EchoFreeMicrophone(Heard(said), Played(), Subtract()))
    assert {len(block.samples) for block in blocks} == {BLOCK}
    at, alike = found_in(said[2000:8000], joined(blocks))
    began = blocks[0].at - BLOCK / HEARD_RATE
    assert began + at / HEARD_RATE == pytest.approx(2000 / HEARD_RATE, abs=1e-3)
    assert alike > 0.999


def test_only_the_other_voice_is_left() -> None:
    ours, other = voice(2.5), voice(2.5, seed=5)
    blocks = blocks_of(EchoFreeMicrophone(Heard(ours + other), played(ours), Subtract()))
    assert found_in(other[8000:32000], joined(blocks))[1] > 0.98


def test_jitter_of_the_blocks_does_not_tear_what_was_played() -> None:
    ours = voice(2.5)
    seen = list[Sound]()

    class Watch:
        def cancel(self, heard: Sound, played: Sound, delay: float) -> Sound:
            seen.append(played)
            return heard

    blocks_of(EchoFreeMicrophone(Heard(ours, jitter=0.02), played(ours), Watch()))
    assert found_in(ours[8000:32000], np.concatenate(seen))[1] > 0.98


def test_without_the_extra_it_is_said_how_to_add_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "aec_audio_processing", None)
    with pytest.raises(DeviceError, match="not installed") as caught:
        WebRtcCanceller()
    assert pip_install("edgeomni[echo]") in caught.value.remedy


@pytest.mark.skipif(not echo.is_available(), reason="the extra echo is not installed")
def test_webrtc_takes_a_real_echo_out() -> None:
    ours = voice(8)
    room = np.zeros(1600, np.float32)
    room[[640, 800, 1100]] = [0.5, 0.2, -0.1]
    heard = np.convolve(ours, room)[: len(ours)].astype(np.float32)
    canceller = WebRtcCanceller()
    microphone = EchoFreeMicrophone(Heard(heard), played(ours, kept=8), canceller)
    left = joined(blocks_of(microphone))[-2 * HEARD_RATE :]
    assert 20 * np.log10(level(heard[-2 * HEARD_RATE :]) / (level(left) + 1e-9)) > 15
