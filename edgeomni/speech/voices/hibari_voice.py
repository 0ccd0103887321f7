"""The voice that comes with edgeomni: hibari, through onnxruntime on one thread."""

from __future__ import annotations

import numpy as np

from edgeomni.errors import EngineError, ModelError
from edgeomni.speech.devices.sound_io import SPOKEN_RATE, Samples

_NAME = "heart"
"""hibari's other voices are fetched from the network when they are first used: never here."""
_SEED = 0
"""The breath of the voice is noise; the same text is to give the same sound."""


class HibariVoice:
    """Implements ``Voice``."""

    rate = SPOKEN_RATE

    def __init__(self) -> None:
        """Verifies the voice's file, loads it, and says a word unheard. Raises ModelError.

        A damaged network mostly loads without complaint and then makes noise: only its hash tells.
        """
        try:
            from hibari import Hibari
            from hibari.voices import VOICES, sha256_of, voice_path

            path = voice_path(_NAME, download_missing=False)
            if sha256_of(path) != VOICES[_NAME]["sha256"]:
                raise _unusable("its file is damaged")
            self._hibari = Hibari(_NAME, model=path, threads=1)
            # The dictionary and the reader of unknown words are loaded at their first use.
            self.speak("Hello, zorblax.", 1.0)
        except ModelError:
            raise
        except Exception as error:  # whatever onnxruntime, gzip or the file system find wrong
            raise _unusable(f"{type(error).__name__}: {str(error)[:200]}") from error

    def speak(self, text: str, speed: float) -> Samples:
        try:
            samples = self._hibari(text, speed=speed, seed=_SEED)
        except Exception as error:  # of onnxruntime, of its own reader of text
            raise EngineError(
                f"The voice {_NAME} failed: {type(error).__name__}: {str(error)[:200]}.",
                works="The rest is spoken.",
            ) from error
        return np.asarray(samples, np.float32)


def _unusable(why: str) -> ModelError:
    return ModelError(
        f"The voice {_NAME} cannot be loaded: {why}.",
        works="Everything but speaking works.",
        remedy="Install the package hibari-tts again, or choose --voice system.",
    )
