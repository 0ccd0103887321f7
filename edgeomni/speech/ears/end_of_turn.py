"""Whether a speaker has come to an end, judged by the sound alone: Smart Turn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort
from faster_whisper.feature_extractor import FeatureExtractor

from edgeomni.errors import ModelError
from edgeomni.speech.devices.sound_io import HEARD_RATE, Samples

_SECONDS = 8
"""What the model was trained on: the last seconds, with silence before a shorter turn."""
_LEVEL = 1e-7
"""Added to the variance, as in Whisper's own feature extractor: silence has none."""


class EndOfTurn:
    """Answers for one turn at a time; 46 ms of a core, whatever its length."""

    def __init__(self, model: Path) -> None:
        """Raises ModelError."""
        options = ort.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._session = ort.InferenceSession(
                str(model), providers=["CPUExecutionProvider"], sess_options=options
            )
        except Exception as error:  # the runtime's own family of errors
            raise ModelError(
                f"The turn detector {model.name} cannot be loaded: {str(error)[:200]}.",
                works="Ends of turns are told by the words alone.",
                remedy="`edgeomni pull smart-turn` verifies it and fetches it again.",
            ) from error
        self._features = FeatureExtractor(chunk_length=_SECONDS)

    def probability(self, turn: Samples) -> float:
        """From 0 to 1, that the speaker is done; ``turn`` is at 16 kHz, up to this moment."""
        length = _SECONDS * HEARD_RATE
        heard = np.zeros(length, np.float32)
        last = turn[-length:]
        heard[length - len(last) :] = last
        level = (heard - heard.mean()) / np.sqrt(heard.var() + _LEVEL)
        features = self._features(level.astype(np.float32), padding=0)
        (found,) = self._session.run(None, {"input_features": features[None].astype(np.float32)})
        return float(found.reshape(-1)[0])
