"""The conversation's own microphone and loudspeaker, for whoever measures what they keep back.

A program: it tells when it listens, plays tones that it ends, and tells when it ended them.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

import numpy as np

from benchmarks.voice.buffers import LISTENS, RESTS
from edgeomni.speech.devices.microphone import DeviceMicrophone
from edgeomni.speech.devices.sound_io import SPOKEN_RATE, Block, RealClock
from edgeomni.speech.devices.speaker import DeviceSpeaker
from tests.speech.sounds import tone

_HUSHED = 10
"""Times that the loudspeaker is told to fall silent."""
_SPEAKS = 0.5
"""Seconds until it is."""


def _take_part(kept: Path) -> None:
    clock = RealClock()
    microphone = DeviceMicrophone("", clock, _overhear)
    speaker = DeviceSpeaker("", clock, _overhear)
    blocks: list[tuple[Block, float]] = []

    def listen() -> None:
        while (block := microphone.read()) is not None:
            blocks.append((block, time.monotonic()))

    listening = threading.Thread(target=listen)
    listening.start()
    time.sleep(1.0)
    print("listens", flush=True)
    time.sleep(LISTENS + 2.0)
    hushed = []
    for _ in range(_HUSHED):
        speaker.play(tone(2 * _SPEAKS, SPOKEN_RATE))
        time.sleep(_SPEAKS)
        hushed.append(time.monotonic())
        speaker.hush()
        time.sleep(RESTS)
    microphone.close()
    listening.join()
    speaker.close()
    sound = np.concatenate([block.samples for block, _ in blocks])
    np.savez(kept, sound=sound, read=np.array([at for _, at in blocks]))
    print(json.dumps(hushed), flush=True)


def _overhear(told: object) -> None:
    """What devices tell of themselves."""


if __name__ == "__main__":
    _take_part(Path(sys.argv[1]))
