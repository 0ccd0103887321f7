"""edgeomni devices as a user types it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from edgeomni.build import Factories
from edgeomni.errors import DeviceError
from edgeomni.speech.devices.listed import Device
from tests.cli.conftest import Cli, Result
from tests.speech.lab import Lab, missing

HEADSET = Device(0, "Headset", "ALSA", 1, 2, 48_000, default_input=True)
SCREEN = Device(3, "Screen", "ALSA", 0, 2, 44_100, default_output=True)


@pytest.fixture
def devices(cli: Cli):  # type: ignore[no-untyped-def]
    def call(*words: str, there: Sequence[Device] = (HEADSET, SCREEN)) -> Result:
        return cli("devices", *words, factories=Factories(devices=lambda: there))

    return call


def test_each_is_listed_with_the_default_marked(devices) -> None:
    result = devices()
    assert result.out == (
        "microphones\n"
        "*   0  Headset  48 kHz, ALSA\n"
        "loudspeakers\n"
        "    0  Headset  48 kHz, ALSA\n"
        "*   3  Screen   44.1 kHz, ALSA\n"
        "\n* the default. To try others: edgeomni talk --input NAME --output NAME\n"
    )
    assert result.code == 0


def test_json_is_one_object(devices) -> None:
    (found,) = devices("--json").objects
    assert found["microphones"] == [
        {
            "index": 0,
            "name": "Headset",
            "host": "ALSA",
            "channels": 1,
            "rate": 48_000,
            "default": True,
        }
    ]
    assert [row["index"] for row in found["loudspeakers"]] == [0, 3]


def test_that_there_are_none_is_said_and_no_failure(devices) -> None:
    result = devices(there=())
    assert "There is no microphone here. Typing works." in result.out
    assert "There is no loudspeaker here." in result.out
    assert result.code == 0


def test_that_there_are_none_is_two_empty_lists_in_json(devices) -> None:
    assert devices("--json", there=()).objects == [{"microphones": [], "loudspeakers": []}]


def test_a_missing_library_is_said_with_the_remedy(cli: Cli) -> None:
    def fail() -> Sequence[Device]:
        raise DeviceError("The PortAudio library is missing.", remedy="Install it.")

    result = cli("devices", factories=Factories(devices=fail))
    assert "PortAudio library is missing" in result.err
    assert "Install it." in result.err
    assert result.code == 6


def test_the_real_worker_answers_and_stderr_stays_clean(cli: Cli) -> None:
    """ALSA complains about every device that is not there; that goes to the log."""
    result = cli("devices")
    assert result.err == "" or "PortAudio library is missing" in result.err


@pytest.mark.devices
def test_the_devices_of_a_room_are_found(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    if reason := missing():
        pytest.skip(reason)
    lab = Lab()
    try:
        for name, value in lab.environment.items():
            monkeypatch.setenv(name, value)
        (found,) = cli("devices", "--json").objects
    finally:
        lab.close()
    assert [row["default"] for row in found["microphones"]].count(True) == 1
    assert "pulse" in [row["name"] for row in found["loudspeakers"]]
