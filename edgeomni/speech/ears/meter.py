"""How likely it is that somebody speaks, block by block: Silero's detector with its memory."""

from __future__ import annotations

import os

import faster_whisper
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from edgeomni.speech.devices.sound_io import BLOCK, Samples
from edgeomni.speech.ears.hiss import with_hiss

_MODEL = os.path.join(os.path.dirname(faster_whisper.__file__), "assets", "silero_vad_v6.onnx")
_CONTEXT = 64
"""Samples of the block before that the model wants to see with each block."""
_STATE = (1, 1, 128)


class SpeechMeter:
    """Listens to one stream of sound; 0.1 ms of a core for 32 ms."""

    def __init__(self) -> None:
        options = ort.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        self._session = ort.InferenceSession(
            _MODEL, providers=["CPUExecutionProvider"], sess_options=options
        )
        self.reset()

    def reset(self) -> None:
        """Forget what was heard, as for another stream."""
        self._h: NDArray[np.float32] = np.zeros(_STATE, np.float32)
        self._c: NDArray[np.float32] = np.zeros(_STATE, np.float32)
        self._seen = np.zeros((1, _CONTEXT + BLOCK), np.float32)
        self._heard = 0
        """Blocks of this stream."""

    def probability(self, samples: Samples) -> float:
        """From 0 to 1, that there is speech in the next ``BLOCK`` samples at 16 kHz."""
        self._seen[0, :_CONTEXT] = self._seen[0, -_CONTEXT:]
        self._seen[0, _CONTEXT:] = with_hiss(samples, self._heard)
        self._heard += 1
        feed = {"input": self._seen, "h": self._h, "c": self._c}
        found, self._h, self._c = self._session.run(None, feed)
        return float(found[0])
