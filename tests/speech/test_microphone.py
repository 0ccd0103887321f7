"""Whatever happens to a microphone, somebody keeps listening, and the user is told once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from edgeomni.errors import DeviceError
from edgeomni.speech.devices.inbox import KEPT
from edgeomni.speech.devices.microphone import DeviceMicrophone
from edgeomni.speech.devices.sound_io import BLOCK, HEARD_RATE, Block, Trouble
from tests.speech.cards import BUILT_IN, HEADSET, WEBCAM, FakeCards, Time, device
from tests.speech.sounds import found_in, joined, tone


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def cards(time: Time) -> FakeCards:
    return FakeCards(time)


@pytest.fixture
def told() -> list[Trouble]:
    return []


Listen = Callable[..., DeviceMicrophone]


@pytest.fixture
def listen(cards: FakeCards, time: Time, told: list[Trouble]) -> Listen:
    return lambda which="": DeviceMicrophone(which, time, told.append, cards=cards, bell=time)


def until(microphone: DeviceMicrophone, seconds: float) -> list[Block]:
    """What is heard until then."""
    blocks = list[Block]()
    while not blocks or blocks[-1].at < seconds:
        block = microphone.read()
        assert block is not None
        blocks.append(block)
    return blocks


def codes(told: list[Trouble]) -> list[str]:
    return [trouble.code for trouble in told]


def playing(hertz: float = 440.0) -> Callable[[int, int, int], np.ndarray]:
    """The sound of a device whose rate is 48 kHz."""
    whole = tone(30, 48_000, hertz)
    return lambda start, count, channels: np.repeat(
        whole[start : start + count, None], channels, axis=1
    )


# ── opening ──────────────────────────────────────────────────────────────────────────────────────


def test_the_default_device_is_opened_at_its_own_rate_with_one_channel(
    listen: Listen, cards: FakeCards
) -> None:
    listen()
    assert [(d.name, s.rate, s.channels) for d, s in cards.opened] == [("Headset", 48_000, 1)]


def test_a_device_that_refuses_mono_is_mixed_down(listen: Listen, cards: FakeCards) -> None:
    cards.refuses = lambda device, shape: shape.channels == 1
    cards.sound = playing()
    heard = joined(until(listen("Built-in"), 1))
    assert cards.opened[0][1].channels == 2
    assert found_in(tone(0.5, HEARD_RATE), heard)[1] > 0.99


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 96_000])
def test_at_any_rate_the_pitch_is_right(listen: Listen, cards: FakeCards, rate: int) -> None:
    cards.there = [device(0, "Odd", rate=rate, default_input=True)]
    whole = tone(3, rate)
    cards.sound = lambda start, count, channels: whole[start : start + count, None]
    heard = joined(until(listen(), 1.5))
    assert found_in(tone(0.5, HEARD_RATE), heard)[1] > 0.99


def test_a_device_that_refuses_its_own_rate_gets_another(listen: Listen, cards: FakeCards) -> None:
    cards.refuses = lambda device, shape: shape.rate != 16_000
    assert until(listen(), 0.1)
    assert cards.opened[0][1].rate == 16_000


def test_a_device_that_refuses_everything_is_said(listen: Listen, cards: FakeCards) -> None:
    cards.refuses = lambda device, shape: True
    with pytest.raises(DeviceError, match="Cannot open the microphone «Headset»") as caught:
        listen()
    assert "busy, or blocked by privacy settings" in caught.value.remedy


def test_without_any_device_it_is_said(listen: Listen, cards: FakeCards) -> None:
    cards.there = [device(0, "Screen", inputs=0)]
    with pytest.raises(DeviceError, match="no microphone here"):
        listen()


# ── in peace ─────────────────────────────────────────────────────────────────────────────────────


def test_blocks_follow_each_other_in_time(listen: Listen) -> None:
    blocks = until(listen(), 2)
    assert {block.samples.shape for block in blocks} == {(BLOCK,)}
    assert np.diff([block.at for block in blocks]) == pytest.approx(BLOCK / HEARD_RATE, abs=1e-6)


def test_a_block_says_when_it_was_heard(listen: Listen, cards: FakeCards) -> None:
    def click(start: int, count: int, channels: int) -> np.ndarray:
        made = np.full((count, channels), 1e-4, np.float32)
        if start <= 48_000 < start + count:
            made[48_000 - start] = 1
        return made

    cards.sound = click
    loud = max(until(listen(), 2), key=lambda block: np.abs(block.samples).max())
    began = loud.at - BLOCK / HEARD_RATE
    heard = began + int(np.argmax(np.abs(loud.samples))) / HEARD_RATE
    assert heard == pytest.approx(1.0, abs=0.002)


def test_nothing_is_lost_while_nobody_reads_for_two_seconds(
    listen: Listen, cards: FakeCards, time: Time
) -> None:
    cards.sound = playing()
    microphone = listen()
    until(microphone, 0.5)
    time.pass_to(2.5)
    blocks = until(microphone, 3.5)
    assert found_in(tone(2, HEARD_RATE), joined(blocks))[1] > 0.99


def test_what_nobody_took_in_time_is_told(listen: Listen, time: Time, told: list[Trouble]) -> None:
    microphone = listen()
    until(microphone, 0.5)
    time.pass_to(0.5 + KEPT + 1)
    until(microphone, 12)
    assert codes(told) == ["overflow"]


def test_the_reader_wakes_when_it_is_closed(
    cards: FakeCards, time: Time, told: list[Trouble]
) -> None:
    cards.sound = lambda start, count, channels: np.zeros((0, channels), np.float32)
    microphone = DeviceMicrophone("", time, told.append, cards=cards)
    threading.Timer(0.05, microphone.close).start()
    assert microphone.read() is None
    assert not cards.streams[0].open


# ── odd sound ────────────────────────────────────────────────────────────────────────────────────


def test_what_is_no_number_is_silence_and_counted(listen: Listen, cards: FakeCards) -> None:
    odd = [np.nan, np.inf, -np.inf, 1e30]
    cards.sound = lambda start, count, channels: np.resize(odd, (count, channels)).astype("f4")
    microphone = listen()
    assert not joined(until(microphone, 0.5)).any()
    assert microphone.mended > 0


@pytest.mark.parametrize(
    "sound",
    [
        lambda start, count, channels: np.zeros((0, channels), np.float32),
        lambda start, count, channels: np.full((2, channels), 0.1, np.float32),
        lambda start, count, channels: np.full((count, channels), 0.7, np.float32),
        lambda start, count, channels: np.full((count, channels), 4.0, np.float32),
    ],
    ids=["nothing", "two samples", "offset", "clipping"],
)
def test_odd_pieces_do_no_harm(
    listen: Listen, cards: FakeCards, time: Time, sound: Callable[..., np.ndarray]
) -> None:
    microphone = listen()
    until(microphone, 0.5)
    cards.sound = sound
    time.at(3, lambda: setattr(cards, "sound", FakeCards.sound))
    assert np.abs(joined(until(microphone, 4))).max() <= 1


# ── troubles ─────────────────────────────────────────────────────────────────────────────────────


def test_zeros_from_the_beginning_are_told_once(
    listen: Listen, cards: FakeCards, told: list[Trouble]
) -> None:
    cards.sound = lambda start, count, channels: np.zeros((count, channels), np.float32)
    until(listen(), 5)
    assert codes(told) == ["no-signal"]
    assert told[0].text == "No signal from «Headset»: check microphone permission or mute."


def test_when_sound_comes_after_all_that_is_told(
    listen: Listen, cards: FakeCards, told: list[Trouble], time: Time
) -> None:
    cards.sound = lambda start, count, channels: np.zeros((count, channels), np.float32)
    time.at(3, lambda: setattr(cards, "sound", FakeCards.sound))
    until(listen(), 4)
    assert codes(told) == ["no-signal", "back"]


def test_zeros_after_sound_are_silence(
    listen: Listen, cards: FakeCards, told: list[Trouble], time: Time
) -> None:
    time.at(
        *(1, lambda: setattr(cards, "sound", lambda start, count, ch: np.zeros((count, ch), "f4")))
    )
    until(listen(), 9)
    assert told == []


def test_unplugged_is_told_within_a_second_and_so_is_that_it_is_back(
    listen: Listen, cards: FakeCards, told: list[Trouble], time: Time
) -> None:
    when = dict[str, float]()
    cards.there = [HEADSET]
    microphone = DeviceMicrophone(
        "",
        time,
        lambda trouble: (told.append(trouble), when.setdefault(trouble.code, time.now())),
        cards=cards,
        bell=time,
    )
    time.at(2, lambda: cards.unplug("Headset"))
    time.at(7, lambda: cards.there.append(HEADSET))
    until(microphone, 9)
    assert codes(told) == ["unplugged", "back"]
    assert 2 < when["unplugged"] < 3
    assert 7 < when["back"] < 8.1


def test_while_it_is_away_there_is_silence_in_time(
    listen: Listen, cards: FakeCards, time: Time
) -> None:
    cards.there = [HEADSET]
    microphone = listen()
    time.at(1, lambda: cards.unplug("Headset"))
    blocks = until(microphone, 6)
    assert np.diff([block.at for block in blocks]) == pytest.approx(BLOCK / HEARD_RATE, abs=1e-6)
    assert not joined([block for block in blocks if block.at > 1.1]).any()
    assert time.now() == pytest.approx(6, abs=0.1)


def test_what_was_heard_before_it_went_is_not_lost(
    listen: Listen, cards: FakeCards, time: Time
) -> None:
    cards.sound, cards.there = playing(), [HEADSET]
    microphone = listen()
    until(microphone, 0.5)
    time.at(2, lambda: cards.unplug("Headset"))
    time.pass_to(2.1)
    assert found_in(tone(1.4, HEARD_RATE), joined(until(microphone, 4)))[1] > 0.99


def test_one_that_stops_without_a_word_is_opened_again_unnoticed(
    listen: Listen, cards: FakeCards, told: list[Trouble], time: Time
) -> None:
    microphone = listen()
    time.at(2, lambda: cards.streams[0].stall())
    until(microphone, 5)
    assert [stream.open for stream in cards.streams] == [False, True]
    assert told == []


def test_one_that_never_begins_is_opened_again_and_then_told(
    listen: Listen, cards: FakeCards, told: list[Trouble], time: Time
) -> None:
    microphone = listen()
    for moment in np.arange(0, 9, 0.005):
        time.at(float(moment), lambda: cards.streams[-1].stall())
    until(microphone, 12)
    assert codes(told) == ["unplugged", "back"]
    assert len(cards.streams) > 2


def test_a_headset_that_changes_its_profile_is_heard_again_in_the_right_pitch(
    listen: Listen, cards: FakeCards, told: list[Trouble], time: Time
) -> None:
    microphone = listen()

    def change() -> None:
        cards.there = [device(5, "Headset", rate=16_000, default_input=True), BUILT_IN]
        whole = tone(10, 16_000)
        cards.sound = lambda start, count, channels: whole[start : start + count, None]

    time.at(2, lambda: cards.unplug("Headset"))
    cards.refuses = lambda device, shape: 2 < time.now() < 2.7
    time.at(2, change)
    until(microphone, 2.1)
    after = joined(until(microphone, 4))
    assert cards.opened[-1][1].rate == 16_000
    assert found_in(tone(1, HEARD_RATE), after)[1] > 0.99
    assert told == []


def test_when_the_default_device_goes_the_next_one_listens(
    listen: Listen, cards: FakeCards, told: list[Trouble], time: Time
) -> None:
    microphone = listen()
    time.at(2, lambda: cards.unplug("Headset"))
    until(microphone, 4)
    assert microphone.device == WEBCAM
    assert [trouble.text for trouble in told] == ["«Headset» is gone; «Webcam» listens now."]


def test_a_device_may_have_braces_in_its_name(
    listen: Listen, cards: FakeCards, told: list[Trouble], time: Time
) -> None:
    cards.there = [replace(HEADSET, name="Headset {1} {}"), WEBCAM]
    microphone = listen()
    time.at(2, lambda: cards.unplug("Headset {1} {}"))
    until(microphone, 4)
    assert [trouble.text for trouble in told] == ["«Headset {1} {}» is gone; «Webcam» listens now."]


def test_another_device_in_its_place_is_told_once(
    listen: Listen, cards: FakeCards, told: list[Trouble], time: Time
) -> None:
    cards.there = [HEADSET]
    microphone = listen()
    time.at(2, lambda: cards.unplug("Headset"))
    time.at(6, lambda: cards.there.append(BUILT_IN))
    until(microphone, 8)
    assert codes(told) == ["unplugged", "switched"]


def test_a_device_that_was_asked_for_is_waited_for(
    listen: Listen, cards: FakeCards, told: list[Trouble], time: Time
) -> None:
    microphone = listen("Webcam")
    time.at(2, lambda: cards.unplug("Webcam"))
    time.at(6, lambda: cards.there.append(device(9, "Webcam", outputs=0)))
    until(microphone, 8)
    assert microphone.device.index == 9
    assert codes(told) == ["unplugged", "back"]


def test_a_new_default_device_is_offered_and_not_taken(
    listen: Listen, cards: FakeCards, told: list[Trouble], time: Time
) -> None:
    microphone = listen()
    cards.there = [device(0, "Headset"), device(1, "Dock", default_input=True)]
    time.at(2, lambda: cards.streams[0].end())
    until(microphone, 4)
    assert microphone.device.name == "Headset"
    assert [trouble.text for trouble in told] == [
        "The default microphone is «Dock» now; «Headset» is still used."
    ]


def test_losses_are_told_when_they_are_many(
    listen: Listen, cards: FakeCards, told: list[Trouble]
) -> None:
    cards.overflows = lambda piece: piece % 20 == 0
    until(listen(), 15)
    assert codes(told) == ["overflow"]


def test_a_loss_now_and_then_is_borne(
    listen: Listen, cards: FakeCards, told: list[Trouble]
) -> None:
    cards.overflows = lambda piece: piece % 500 == 0
    until(listen(), 25)
    assert told == []


@pytest.mark.slow
def test_two_hundred_times_it_comes_back(
    listen: Listen, cards: FakeCards, told: list[Trouble], time: Time
) -> None:
    cards.there = [HEADSET]
    microphone = listen()
    for number in range(200):
        began = 5 * number + 1
        time.at(began, lambda: cards.unplug("Headset"))
        time.at(began + 2, lambda: cards.there.append(HEADSET))
    until(microphone, 1000)
    assert codes(told) == ["unplugged", "back"] * 200
    assert [stream.open for stream in cards.streams] == [False] * 200 + [True]
