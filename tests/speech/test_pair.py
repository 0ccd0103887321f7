"""Both devices are open, or neither is."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeomni.errors import DeviceError, MediaError
from edgeomni.speech.devices import microphone, pair, speaker
from edgeomni.speech.devices.listed import Device, Shape
from edgeomni.speech.devices.sound_cards import Frames
from edgeomni.speech.devices.sound_io import HEARD_RATE, RealClock
from edgeomni.speech.talk import Device as Wish
from tests.speech.cards import FakeCards, Time, device
from tests.speech.sounds import tone, write_wav
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


def wanted(name: str = "", file: Path | None = None) -> dict[str, object]:
    return Wish(name, file).packed()


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> FreeCards:
    made = FreeCards(Time())
    monkeypatch.setattr(microphone, "this_machine", lambda: made)
    monkeypatch.setattr(speaker, "this_machine", lambda: made)
    monkeypatch.setattr(pair, "WebRtcCanceller", Nothing)
    monkeypatch.setattr(pair, "is_available", lambda: True)
    return made


def opened(microphone: object, speaker: object) -> pair.Pair:
    return pair.open_pair(microphone, speaker, RealClock(), print)  # type: ignore[arg-type]


def test_both_are_opened_and_closed(cards: FreeCards) -> None:
    made = opened(wanted("webcam"), wanted("built"))
    assert made.names == ("Webcam", "Built-in")
    assert made.cancels_echo
    made.close()
    assert not cards.streams[0].open
    assert cards.free.closed.is_set()


def test_without_a_loudspeaker_the_microphone_is_closed_again(cards: FreeCards) -> None:
    cards.there = [device(0, "Webcam", outputs=0)]
    with pytest.raises(DeviceError, match="no loudspeaker here"):
        opened(wanted(), wanted())
    assert [stream.open for stream in cards.streams] == [False]


def test_without_a_microphone_the_file_of_the_last_answer_is_left_alone(
    cards: FreeCards, tmp_path: Path
) -> None:
    answer = tmp_path / "answer.wav"
    answer.write_bytes(b"the last one")
    with pytest.raises(MediaError, match="cannot be read"):
        opened(wanted(file=tmp_path / "nowhere.wav"), wanted(file=answer))
    assert answer.read_bytes() == b"the last one"
    assert list(tmp_path.iterdir()) == [answer]


def test_without_the_extra_both_are_opened_all_the_same(
    cards: FreeCards, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pair, "is_available", lambda: False)
    made = opened(wanted(), wanted())
    assert not made.cancels_echo
    made.close()


def test_files_have_no_echo(cards: FreeCards, tmp_path: Path) -> None:
    said = write_wav(tmp_path / "a.wav", tone(0.1, HEARD_RATE), HEARD_RATE)
    made = opened(wanted(file=said), wanted(file=tmp_path / "b.wav"))
    assert not made.cancels_echo
    assert made.names == (str(said), str(tmp_path / "b.wav"))
    made.close()
