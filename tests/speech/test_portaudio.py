"""PortAudio's own devices: none, one, gone and back again; in the laboratory."""

from __future__ import annotations

import sys
import threading
import time as clock

import numpy as np
import pytest

from edgeomni.errors import DeviceError
from edgeomni.paths import pip_install
from edgeomni.speech.devices.listed import choose
from edgeomni.speech.devices.microphone import DeviceMicrophone
from edgeomni.speech.devices.portaudio import PortAudio, this_machine
from edgeomni.speech.devices.sound_io import HEARD_RATE, Block, RealClock, Trouble
from tests.speech.lab import RATE, Lab
from tests.speech.sounds import found_in, joined, sweep
from tests.speech.steady import by_the_clock


@pytest.mark.parametrize(
    ("platform", "line"),
    [
        ("linux", "libportaudio2"),
        ("darwin", pip_install("--force-reinstall", "sounddevice")),
    ],
)
def test_a_missing_library_is_said_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, platform: str, line: str
) -> None:
    class Broken:
        def find_spec(self, name: str, path: object, target: object = None) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(DeviceError, match="PortAudio library is missing") as caught:
        PortAudio()
    assert "Typing works" in caught.value.works
    assert line in caught.value.remedy


@pytest.fixture(scope="module")
def cards(lab: Lab) -> PortAudio:
    made = this_machine()
    made.rescan()
    return made


class Listener:
    """Reads in a thread of its own, as a conversation does."""

    def __init__(self) -> None:
        self.told: list[Trouble] = []
        self.blocks: list[Block] = []
        self.microphone = DeviceMicrophone("", RealClock(), self.told.append)
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        self.blocks.extend(iter(self.microphone.read, None))

    def codes(self) -> list[str]:
        return [trouble.code for trouble in self.told]

    def wait_for(self, code: str, seconds: float) -> None:
        until = clock.monotonic() + seconds
        while code not in self.codes():
            assert clock.monotonic() < until, f"{code} was not told, but {self.codes()}"
            clock.sleep(0.02)

    def close(self) -> None:
        self.microphone.close()
        self._thread.join(10)
        assert not self._thread.is_alive()


@pytest.mark.devices
def test_the_devices_of_the_room_are_listed(cards: PortAudio) -> None:
    assert choose(cards.devices(), "", "microphone").default_input
    assert choose(cards.devices(), "pulse", "loudspeaker").outputs


@pytest.mark.devices
@by_the_clock
def test_what_the_person_says_is_heard_whole(lab: Lab) -> None:
    listener = Listener()
    lab.say_sound(np.concatenate([sweep(3, RATE), np.zeros(RATE // 2, np.float32)]), RATE)
    listener.close()
    assert found_in(sweep(3, HEARD_RATE), joined(listener.blocks))[1] > 0.98


@pytest.mark.devices
@by_the_clock
def test_devices_that_go_and_come_are_told_and_used_again(lab: Lab) -> None:
    listener = Listener()
    try:
        clock.sleep(0.3)
        lab.stop()
        listener.wait_for("unplugged", 1.5)
        lab.start()
        listener.wait_for("back", 5)
        lab.say_sound(np.concatenate([sweep(1, RATE), np.zeros(RATE // 2, np.float32)]), RATE)
    finally:
        listener.close()
    assert found_in(sweep(1, HEARD_RATE), joined(listener.blocks))[1] > 0.98
