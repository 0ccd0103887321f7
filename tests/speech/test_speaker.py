"""What is heard, how much of it, and what becomes of it when the loudspeaker goes."""

from __future__ import annotations

import queue
import threading
import time as clock
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from edgeomni.errors import DeviceError
from edgeomni.speech.devices.listed import Device, Shape
from edgeomni.speech.devices.sound_cards import Frames
from edgeomni.speech.devices.sound_io import SPOKEN_RATE, Trouble
from edgeomni.speech.devices.speaker import DeviceSpeaker, Progress
from tests.speech.cards import BUILT_IN, HEADSET, WEBCAM, FakeCards, Time, device
from tests.speech.sounds import found_in, sweep

_LATENCY = 0.03


class Horn:
    """A device that takes a step when a test lets it."""

    def __init__(self, time: Time, shape: Shape, latency: float) -> None:
        self._time, self.shape, self.latency = time, shape, latency
        self._written = queue.Queue[Frames]()
        self._turns = threading.Semaphore(0)
        self.gone = self.dry = False
        self.closed = threading.Event()

    def write(self, frames: Frames) -> bool:
        self._turns.acquire()
        if self.gone or self.closed.is_set():
            raise DeviceError("Input/output error.")
        self._written.put(frames)
        return self.dry

    def step(self, count: int = 1) -> Frames:
        """Lets time pass; what was played in it."""
        taken = list[Frames]()
        for _ in range(count):
            self._turns.release()
            taken.append(self._written.get(timeout=10))
            self._time.pass_to(self._time.now() + len(taken[-1]) / self.shape.rate)
        return np.concatenate(taken)

    def step_aside(self) -> None:
        """Lets steps pass until it is closed."""
        while not self.closed.wait(0.002):
            self._turns.release()

    def go(self) -> None:
        self.gone = True
        self._turns.release()

    def close(self) -> None:
        self.closed.set()
        self._turns.release()


class HornCards(FakeCards):
    def __init__(self, time: Time) -> None:
        super().__init__(time)
        self.horns = queue.Queue[Horn]()
        """New ones"""
        self.made = list[Horn]()

    def play(self, device: Device, shape: Shape, latency: float) -> Horn:
        if device not in self.there or self.refuses(device, shape):
            raise DeviceError(f"Invalid number of channels {shape.channels}.")
        self.opened.append((device, shape))
        horn = Horn(self.time, shape, latency)
        self.made.append(horn)
        self.horns.put(horn)
        return horn


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def cards(time: Time) -> HornCards:
    return HornCards(time)


@pytest.fixture
def told() -> queue.Queue[Trouble]:
    return queue.Queue()


Open = Callable[..., tuple[DeviceSpeaker, Horn]]


@pytest.fixture
def open_one(cards: HornCards, time: Time, told: queue.Queue[Trouble]) -> Iterator[Open]:
    made = list[DeviceSpeaker]()

    def give(which: str = "") -> tuple[DeviceSpeaker, Horn]:
        made.append(DeviceSpeaker(which, time, told.put, cards=cards))
        return made[-1], cards.horns.get(timeout=10)

    yield give
    for horn in cards.made:
        horn.close()
    for speaker in made:
        speaker.close()


def wait_until(there: Callable[[], bool]) -> None:
    until = clock.monotonic() + 10
    while not there():
        assert clock.monotonic() < until
        clock.sleep(0.002)


def test_sound_comes_out_whole_in_all_channels(open_one: Open) -> None:
    speaker, horn = open_one()
    speaker.play(sweep(0.5, SPOKEN_RATE))
    frames = horn.step(60)
    assert frames.shape[1] == 2
    assert np.array_equal(frames[:, 0], frames[:, 1])
    assert found_in(sweep(0.5, 48_000), frames[:, 0])[1] > 0.99


def test_a_device_with_one_channel_gets_one(open_one: Open, cards: HornCards) -> None:
    cards.there = [device(0, "Horn", outputs=1)]
    assert open_one()[1].step().shape[1] == 1


def test_heard_comes_after_the_delay_of_the_device(open_one: Open, time: Time) -> None:
    speaker, horn = open_one()
    horn.step(5)
    speaker.play(sweep(1, SPOKEN_RATE))
    began = time.now()
    for _ in range(50):
        horn.step()
        expected = max(0.0, time.now() - began - _LATENCY)
        assert speaker.heard / SPOKEN_RATE == pytest.approx(expected, abs=0.025)
    assert speaker.queued == SPOKEN_RATE


def test_in_the_end_all_is_heard(open_one: Open) -> None:
    speaker, horn = open_one()
    speaker.play(sweep(0.1234, SPOKEN_RATE))
    horn.step(20)
    assert speaker.heard == speaker.queued == round(0.1234 * SPOKEN_RATE)


def test_silence_does_not_move_the_position(open_one: Open) -> None:
    speaker, horn = open_one()
    speaker.play(sweep(0.1, SPOKEN_RATE))
    horn.step(100)
    assert speaker.heard == round(0.1 * SPOKEN_RATE)


def test_hush_is_silence_within_two_steps(open_one: Open) -> None:
    speaker, horn = open_one()
    speaker.play(np.full(SPOKEN_RATE, 0.5, np.float32))
    horn.step(20)
    speaker.hush()
    rest = horn.step(20)[:, 0]
    assert not rest[round(0.03 * 48_000) :].any()
    assert speaker.heard == speaker.queued < 0.25 * SPOKEN_RATE


def test_an_underrun_counts_in_the_middle_of_sound_only(open_one: Open) -> None:
    speaker, horn = open_one()
    horn.dry = True
    horn.step(5)
    assert speaker.underruns == 0
    speaker.play(sweep(0.1, SPOKEN_RATE))
    horn.step(10)
    assert 5 <= speaker.underruns <= 10


def test_a_machine_that_is_too_busy_gets_a_larger_buffer_in_the_next_pause(
    open_one: Open, cards: HornCards
) -> None:
    speaker, horn = open_one()
    horn.dry = True
    speaker.play(sweep(0.1, SPOKEN_RATE))
    assert found_in(sweep(0.1, 48_000), horn.step(11)[:, 0])[1] > 0.99
    horn.step_aside()
    other = cards.horns.get(timeout=10)
    assert other.latency == pytest.approx(2 * _LATENCY)
    speaker.play(sweep(0.2, SPOKEN_RATE))
    assert found_in(sweep(0.2, 48_000), other.step(30)[:, 0])[1] > 0.99
    assert speaker.heard == speaker.queued == round(0.3 * SPOKEN_RATE)


def test_without_any_device_it_is_said(open_one: Open, cards: HornCards) -> None:
    cards.there = [WEBCAM]
    with pytest.raises(DeviceError, match="no loudspeaker here"):
        open_one()


def test_a_device_that_refuses_everything_is_said(open_one: Open, cards: HornCards) -> None:
    cards.refuses = lambda device, shape: True
    with pytest.raises(DeviceError, match="Cannot open the loudspeaker «Headset»"):
        open_one()


def test_when_it_goes_mid_sentence_the_next_sound_is_on_the_next_device(
    open_one: Open, cards: HornCards, told: queue.Queue[Trouble]
) -> None:
    speaker, horn = open_one()
    speaker.play(sweep(1, SPOKEN_RATE))
    horn.step(20)
    cards.there = [BUILT_IN]
    horn.go()
    assert told.get(timeout=10).text == "«Headset» is gone; «Built-in» speaks now."
    other = cards.horns.get(timeout=10)
    assert not other.step(30).any(), "the broken sentence is over"
    speaker.play(sweep(0.5, SPOKEN_RATE))
    assert found_in(sweep(0.5, 48_000), other.step(60)[:, 0])[1] > 0.99
    assert speaker.heard == speaker.queued


def test_what_a_device_that_goes_has_not_played_is_over(open_one: Open, cards: HornCards) -> None:
    """Else who waits for the end of an answer would wait for ever."""
    speaker, horn = open_one()
    speaker.play(sweep(1, SPOKEN_RATE))
    horn.step(20)
    horn.go()
    other = cards.horns.get(timeout=10)
    assert not other.step(5).any()
    assert speaker.heard == speaker.queued == SPOKEN_RATE
    speaker.play(sweep(0.1, SPOKEN_RATE))
    other.step(20)
    assert speaker.heard == speaker.queued == round(1.1 * SPOKEN_RATE)


def test_when_all_are_gone_it_is_told_and_again_when_one_is_back(
    open_one: Open, cards: HornCards, told: queue.Queue[Trouble]
) -> None:
    speaker, horn = open_one()
    speaker.play(sweep(1, SPOKEN_RATE))
    cards.there = []
    horn.go()
    assert told.get(timeout=10).code == "unplugged"
    speaker.play(sweep(0.5, SPOKEN_RATE))
    wait_until(lambda: speaker.heard == round(1.5 * SPOKEN_RATE))
    cards.there = [HEADSET]
    assert not cards.horns.get(timeout=10).step(10).any()
    assert told.get(timeout=10).code == "back"


def test_another_one_in_its_place_is_told_once(
    open_one: Open, cards: HornCards, told: queue.Queue[Trouble]
) -> None:
    _, horn = open_one()
    cards.there = []
    horn.go()
    assert told.get(timeout=10).code == "unplugged"
    cards.there = [BUILT_IN]
    cards.horns.get(timeout=10).step(5)
    assert told.get(timeout=10).code == "switched"
    assert told.empty()


def test_one_that_was_asked_for_is_waited_for(
    open_one: Open, cards: HornCards, told: queue.Queue[Trouble]
) -> None:
    speaker, horn = open_one("Built-in")
    cards.there = [HEADSET]
    horn.go()
    assert told.get(timeout=10).code == "unplugged"
    cards.there = [HEADSET, BUILT_IN]
    cards.horns.get(timeout=10).step()
    assert told.get(timeout=10).code == "back"
    assert speaker.device == BUILT_IN


def test_one_that_takes_no_step_any_more_is_told_and_not_waited_for(
    open_one: Open, told: queue.Queue[Trouble], time: Time
) -> None:
    """As one does that its sound server has suspended."""
    speaker, horn = open_one()
    speaker.play(sweep(1, SPOKEN_RATE))
    horn.step(20)
    time.pass_to(time.now() + 1.9)
    assert speaker.heard < SPOKEN_RATE
    time.pass_to(time.now() + 0.2)
    wait_until(lambda: speaker.heard == SPOKEN_RATE)
    assert told.get(timeout=10).code == "unplugged"
    horn.step()
    assert told.get(timeout=10).code == "back"
    assert not horn.step(10).any()


def test_the_device_that_is_used_is_found_again_though_another_one_is_the_default_now(
    open_one: Open, cards: HornCards, told: queue.Queue[Trouble]
) -> None:
    speaker, horn = open_one()
    dock = device(0, "Dock", default_output=True)
    cards.there = [dock, device(1, "Headset", default_input=True)]
    horn.go()
    cards.horns.get(timeout=10).step()
    assert speaker.device.name == "Headset"
    expected = "The default loudspeaker is «Dock» now; «Headset» is still used."
    assert told.get(timeout=10).text == expected


def test_between_two_marks_the_position_moves_evenly() -> None:
    progress = Progress()
    progress.mark(1.0, 0)
    progress.mark(2.0, SPOKEN_RATE)
    assert [progress.at(now) for now in (0.5, 1.5, 2.0, 9.0)] == [
        *(0, SPOKEN_RATE // 2, SPOKEN_RATE, SPOKEN_RATE)
    ]
