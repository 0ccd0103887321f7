"""The laboratory itself: what is said can be heard, what is played can be recorded."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from tests.speech.lab import RATE, Lab
from tests.speech.sounds import found_in, sweep
from tests.speech.steady import by_the_clock

pytestmark = pytest.mark.devices

_PROBE = """
import sounddevice as sd, numpy as np, sys
sd.play(np.fromfile(sys.argv[1], np.float32), 48000, blocking=True)
"""


@by_the_clock
def test_portaudio_plays_into_the_room(lab: Lab, tmp_path) -> None:
    said = sweep(1, RATE)
    said.tofile(tmp_path / "a.raw")
    with lab.recording() as recording:
        command = [sys.executable, "-c", _PROBE, str(tmp_path / "a.raw")]
        subprocess.run(command, env=dict(lab.environment), check=True, capture_output=True)
        heard = recording.rest()
    middle = said[RATE // 4 : -RATE // 4]  # sounddevice leaves before the last of it is played
    assert found_in(middle, heard)[1] > 0.99


def test_it_ends_whole(lab: Lab) -> None:
    lab.stop()
    assert lab.control("info") == ""
    began = time.monotonic()
    lab.start()
    assert "room" in lab.control("info")
    assert time.monotonic() - began < 20
