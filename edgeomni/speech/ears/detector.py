"""Where somebody speaks: an energy gate, then Silero's detector, which faster-whisper ships."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from faster_whisper.vad import VadOptions, get_speech_timestamps
from numpy.typing import NDArray

from edgeomni.speech.ears.hiss import with_hiss
from edgeomni.speech.ears.windows import LONGEST, RATE
from edgeomni.values import Span

Samples: TypeAlias = NDArray[np.float32]

_AUDIBLE = 0.001
"""Root mean square of the loudest 30 ms, -60 dB below full scale: less is silence."""
_PIECE = 480
_PAD = 0.2
_OPTIONS = VadOptions(
    threshold=0.5,
    min_speech_duration_ms=250,  # less is a click or a cough
    min_silence_duration_ms=400,
    speech_pad_ms=int(1000 * _PAD),
    max_speech_duration_s=LONGEST,
)


def speech_in(samples: Samples) -> list[Span]:
    """Stretches of speech, none longer than ``LONGEST``; ``samples`` are mono at ``RATE``."""
    if loudness(samples) < _AUDIBLE:
        return []
    found = get_speech_timestamps(with_hiss(samples), _OPTIONS, RATE)
    return [Span(piece["start"] / RATE, piece["end"] / RATE) for piece in found]


def loudness(samples: Samples) -> float:
    """Root mean square of the loudest 30 ms, from 0 to 1."""
    whole = samples[: len(samples) // _PIECE * _PIECE].reshape(-1, _PIECE)
    if not len(whole):
        return 0.0
    return float(np.sqrt(np.square(whole).mean(axis=1)).max())
