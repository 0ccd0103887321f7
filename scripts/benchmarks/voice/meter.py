"""V3: what it costs to notice that nobody speaks."""

from __future__ import annotations

import time

from benchmarks.samples import Bar, Result, Samples
from benchmarks.voice.studio import Studio, room_tone

BLOCK = 512
SECONDS = 30.0


def detector(studio: Studio) -> list[Result]:
    """CPU time for each block of 32 ms, in silence."""
    from edgeomni.speech.ears.meter import SpeechMeter

    meter, sound = SpeechMeter(), room_tone(SECONDS)
    blocks = [sound[at : at + BLOCK] for at in range(0, len(sound) - BLOCK + 1, BLOCK)]

    def once() -> float:
        began = time.process_time()
        for block in blocks:
            meter.probability(block)
        return (time.process_time() - began) / len(blocks) * 1000

    values = tuple(once() for _ in range(studio.rounds))
    bar = Bar("at most", 0.15, "ms")
    return [Result("V3", "detector of speech, a block of 32 ms", Samples(values, "ms"), bar)]
