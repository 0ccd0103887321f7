"""Recordings of the benchmarks: what two devices play is laid side by side."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from benchmarks.voice.tape import Tape
from tests.speech.lab import RATE, Lab
from tests.speech.sounds import found_in, sweep, write_wav
from tests.speech.steady import by_the_clock

pytestmark = pytest.mark.devices


@by_the_clock
def test_two_recordings_have_one_clock(lab: Lab, tmp_path: Path) -> None:
    said = sweep(0.5, RATE)
    file = write_wav(
        tmp_path / "said.wav", np.concatenate([np.zeros(RATE, np.float32), said]), RATE
    )
    both = ("load-module", "module-combine-sink", "sink_name=both", "slaves=person,room")
    module = lab.control(*both, "adjust_time=0").strip()
    with Tape(lab, "person") as person, Tape(lab, "room") as room, lab.recording() as recording:
        command = ["paplay", "--device=both", str(file)]
        subprocess.run(command, env=lab.whole_environment, check=True)
        recording.rest()
    lab.control("unload-module", module)
    first, second = (
        tape.began + found_in(said, tape.sound(RATE))[0] / RATE for tape in (person, room)
    )
    assert first == pytest.approx(second, abs=0.002)
