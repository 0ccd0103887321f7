"""Both devices are open, or neither is."""

from __future__ import annotations

import pytest

from edgeomni.errors import DeviceError
from edgeomni.speech import microphone, pair, speaker
from edgeomni.speech.devices import Device, Shape
from edgeomni.speech.sound_cards import Frames
from edgeomni.speech.sound_io import RealClock
from tests.speech.cards import FakeCards, Time, device
from tests.speech.test_speaker import Horn


class Nothing:
    """Cancels it."""

    def cancel(self, heard: object, played: object, delay: float) -> object:
        return heard


class Free(Horn):
    """Takes its steps by itself."""

    def write(self, frames: Frames) -> bool:
        self.closed.wait(0.005)
        return False


class FreeCards(FakeCards):
    def play(self, device: Device, shape: Shape, latency: float) -> Free:
        self.opened.append((device, shape))
        self.free = Free(self.time, shape, latency)
        return self.free


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> FreeCards:
    made = FreeCards(Time())
    monkeypatch.setattr(microphone, "this_machine", lambda: made)
    monkeypatch.setattr(speaker, "this_machine", lambda: made)
    monkeypatch.setattr(pair, "WebRtcCanceller", Nothing)
    return made


def test_both_are_opened_and_closed(cards: FreeCards) -> None:
    ear, mouth = pair.open_pair("webcam", "built", RealClock(), print)
    assert [device.name for device, _ in cards.opened] == ["Built-in", "Webcam"]
    ear.close()
    mouth.close()
    assert not cards.streams[0].open
    assert cards.free.closed.is_set()


def test_without_a_microphone_the_loudspeaker_is_closed_again(cards: FreeCards) -> None:
    cards.there = [device(0, "Horn", inputs=0)]
    with pytest.raises(DeviceError, match="no microphone here"):
        pair.open_pair("", "", RealClock(), print)
    assert cards.free.closed.is_set()
