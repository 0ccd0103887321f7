"""What devices keep back of a conversation's sound: from the air to the program, and from it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.voice.studio import AUDIBLE, RATE, SPOKEN_RATE, Sound, write_wav
from benchmarks.voice.tape import Tape
from edgeomni.speech.devices.line import FADE
from edgeomni.speech.devices.sound_io import BLOCK
from tests.speech.lab import Lab
from tests.speech.sounds import found_in, sweep

LISTENS = 1.0
"""Seconds of a sound that the microphone is played."""
RESTS = 0.5
"""Seconds of silence behind a tone."""


@dataclass(frozen=True)
class Buffers:
    """Seconds."""

    microphone: float
    """From a sample in the air to the moment at which its block can be read, if it is the last."""
    loudspeaker: float
    """From the moment at which a line falls silent to the last sample in the air, which fades."""

    @property
    def both(self) -> float:
        return self.microphone + self.loudspeaker


def measure(lab: Lab, scratch: Path) -> Buffers:
    """With the conversation's own devices, in a program of its own; nothing echoes meanwhile."""
    signal, kept = sweep(LISTENS, RATE), scratch / "blocks.npz"
    write_wav(scratch / "signal.wav", signal)
    command = [sys.executable, "-m", "benchmarks.voice.own_devices", str(kept)]
    with Tape(lab, "person") as person, Tape(lab, "room") as room:
        environment = lab.whole_environment
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as own:
            assert own.stdout
            own.stdout.readline()  # it listens
            lab.say(scratch / "signal.wav").wait()
            hushed = json.loads(own.stdout.readline())
    with np.load(kept) as blocks:
        sound, read = blocks["sound"], blocks["read"]
    return Buffers(
        _till_read(signal, person, sound, read),
        # Steps of the line wait for each other; the least of them waited for none.
        min(_till_silent(room.sound(SPOKEN_RATE), at - room.began) for at in hushed) - FADE,
    )


def _till_read(signal: Sound, person: Tape, sound: Sound, read: Sound) -> float:
    """The usual time by which blocks can be read behind the moment of their last sample."""
    there, _ = found_in(signal, person.sound(RATE))
    here, _ = found_in(signal, sound)
    began = person.began + (there - here) / RATE
    ends = began + BLOCK / RATE * np.arange(1, len(read) + 1)
    during = slice(here // BLOCK, (here + len(signal)) // BLOCK)
    return float(np.median((read - ends)[during]))


def _till_silent(room: Sound, moment: float) -> float:
    start = round(moment * SPOKEN_RATE)
    sounding = np.flatnonzero(np.abs(room[start : start + round(RESTS * SPOKEN_RATE)]) > AUDIBLE)
    return float(sounding[-1] + 1) / SPOKEN_RATE
