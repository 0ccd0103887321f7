"""Which device is meant by a number, a name, a part of a name, or nothing."""

from __future__ import annotations

import pytest

from edgeomni.errors import DeviceError
from edgeomni.speech.devices.listed import Shape, choose, shapes
from tests.speech.cards import BUILT_IN, HEADSET, WEBCAM, device

THERE = [HEADSET, WEBCAM, BUILT_IN]


@pytest.mark.parametrize(
    ("which", "kind", "name"),
    [
        ("", "microphone", "Headset"),
        ("", "loudspeaker", "Headset"),
        ("1", "microphone", "Webcam"),
        ("webcam", "microphone", "Webcam"),
        ("buil", "loudspeaker", "Built-in"),
    ],
)
def test_a_device_is_found(which, kind, name) -> None:
    assert choose(THERE, which, kind).name == name


@pytest.mark.parametrize(
    ("which", "kind"), [("7", "microphone"), ("Dock", "microphone"), ("Webcam", "loudspeaker")]
)
def test_one_that_is_not_there_is_said_with_those_that_are(which, kind) -> None:
    with pytest.raises(DeviceError, match=f"no {kind} '{which}'") as caught:
        choose(THERE, which, kind)
    assert "0 Headset" in caught.value.remedy
    assert ("1 Webcam" in caught.value.remedy) == (kind == "microphone")


def test_a_part_of_several_names_is_said_with_these() -> None:
    there = [device(0, "USB left"), device(1, "USB right"), device(2, "Line")]
    with pytest.raises(DeviceError, match="no single microphone") as caught:
        choose(there, "usb", "microphone")
    assert caught.value.remedy == "Choose one of these: 0 USB left; 1 USB right."


def test_the_whole_name_of_one_wins_over_a_part_of_another() -> None:
    assert choose([device(0, "USB 2"), device(1, "USB")], "usb", "microphone").index == 1


def test_of_a_device_that_windows_lists_thrice_the_way_of_the_default_one_is_taken() -> None:
    there = [
        device(0, "USB", host="MME"),
        device(1, "USB", host="Windows DirectSound"),
        device(2, "USB", host="Windows WASAPI"),
        device(3, "Webcam", host="Windows WASAPI", default_input=True),
    ]
    assert choose(there, "usb", "microphone").index == 2


def test_without_a_default_device_the_first_is_taken() -> None:
    assert choose([device(0, "Screen", inputs=0), WEBCAM], "", "microphone") == WEBCAM


@pytest.mark.parametrize("kind", ["microphone", "loudspeaker"])
def test_that_there_is_none_is_said(kind) -> None:
    with pytest.raises(DeviceError, match=f"no {kind} here"):
        choose([device(0, "Clock", inputs=0, outputs=0)], "", kind)


def test_its_own_rate_comes_first_and_dozens_of_channels_last() -> None:
    tried = list(shapes(device(0, "pulse", inputs=32, rate=44_100), "microphone"))
    assert tried[:3] == [Shape(44_100, 1), Shape(44_100, 2), Shape(44_100, 32)]
    assert {shape.rate for shape in tried} == {44_100, 48_000, 16_000}


def test_loudspeakers_are_opened_as_pairs() -> None:
    assert next(shapes(BUILT_IN, "loudspeaker")) == Shape(48_000, 2)
    assert next(shapes(device(0, "Horn", outputs=1), "loudspeaker")) == Shape(48_000, 1)
