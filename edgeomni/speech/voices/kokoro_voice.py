"""A voice of Kokoro's, by way of kokoro-onnx: espeak-ng for the phonemes, onnxruntime for the rest.

The extra ``kokoro`` brings both; phonemizer and espeak-ng are under the GPL-3.0.
"""

from __future__ import annotations

import logging
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeomni import paths
from edgeomni.errors import EngineError, ModelError
from edgeomni.speech.devices.sound_io import SPOKEN_RATE, Samples
from edgeomni.speech.voices import kokoro_files
from edgeomni.speech.voices.kokoro import language_of
from edgeomni.speech.voices.utterance import fault

if TYPE_CHECKING:
    from kokoro_onnx import Kokoro
    from numpy.typing import NDArray

_FLAG = re.compile(r"\((?:[a-z]{2,3}|en(?:us|gb)|frfr|ptbr)\)")
"""espeak-ng marks foreign words so, ``(en)wiːkˈɛnd(fr)``; Kokoro would read the marks aloud."""
_WARM = "Hello."
_MOST_THREADS = 4
"""Beyond these it gains little: most of its steps are small."""


class KokoroVoice:
    """Implements ``Voice``; kokoro-onnx cuts what has more than 510 phonemes."""

    rate = SPOKEN_RATE

    def __init__(self, folder: Path, voice: str, tell: Callable[[str], None]) -> None:
        """Loads the model and says a word unheard; ``tell`` takes what the user should know.

        Raises AbilityMissing without kokoro-onnx, UsageError for a voice that is not there,
        ModelError for files that cannot be used.
        """
        files = kokoro_files.find(folder)
        self._name, self._language = voice, language_of(voice)
        self._styles = kokoro_files.styles(files.need(voice), voice)
        try:
            self._kokoro = _loaded(files.model, self._styles)
            wrong = fault(self.speak(_WARM, 1.0), _WARM, 1.0)
        except EngineError as error:
            raise kokoro_files.damaged(files.model, error.happened.rstrip(".")) from error
        if wrong:
            raise kokoro_files.damaged(files.model, wrong)
        if self._language.rough:
            tell(
                f"{voice} will say many words wrong: Kokoro learned {self._language.name} with "
                "other phonemes than espeak-ng gives."
            )

    def speak(self, text: str, speed: float) -> Samples:
        try:
            phonemes = self._kokoro.tokenizer.phonemize(text, self._language.espeak)
            phonemes = _FLAG.sub("", phonemes).strip()
            if not phonemes:
                return np.zeros(0, np.float32)
            sound, _ = self._kokoro.create(phonemes, self._styles, speed, is_phonemes=True)
        except Exception as error:  # of onnxruntime, of espeak-ng, of phonemizer
            raise EngineError(
                f"The voice {self._name} failed: {type(error).__name__}: {str(error)[:200]}.",
                works="The rest is spoken.",
            ) from error
        return np.asarray(sound, np.float32)


def _loaded(model: Path, styles: NDArray[np.float32]) -> Kokoro:
    """Raises AbilityMissing, ModelError."""
    try:
        from kokoro_onnx import Kokoro
    except ImportError as error:
        raise kokoro_files.not_installed() from error
    # It would log the phonemes of what is said where LOG_LEVEL asks for that.
    logging.getLogger("kokoro_onnx").setLevel(logging.ERROR)
    session = _session(model)
    inputs = {node.name for node in session.get_inputs()}
    if not ({"style", "speed"} < inputs and inputs & {"tokens", "input_ids"}):
        raise kokoro_files.damaged(
            model, f"it takes {', '.join(sorted(inputs))}, as no Kokoro does"
        )
    # kokoro-onnx wants its voices as a file; they are given to it with each text.
    with tempfile.TemporaryDirectory(prefix="edgeomni-") as folder:
        voices = Path(folder) / "voices.npy"
        np.save(voices, styles)
        try:
            made: Kokoro = Kokoro.from_session(session, str(voices))
        except Exception as error:  # of espeak-ng's library, of a vocabulary in the model
            raise _unusable(error) from error
    return made


def _session(model: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Half of what the system counts: two of those share a core's units for arithmetic.
    options.intra_op_num_threads = max(1, min(_MOST_THREADS, (os.cpu_count() or 2) // 2))
    # Threads that spin take the processor from the engine and the ears.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a class of its own for each kind of damage
        raise kokoro_files.damaged(model, f"{type(error).__name__}: {error}") from error


def _unusable(error: Exception) -> ModelError:
    return ModelError(
        f"kokoro-onnx cannot be used: {type(error).__name__}: {str(error)[:200]}.",
        works="The voice heart comes with edgeomni.",
        remedy=f"Remove it and install it again: {paths.pip_install('kokoro-onnx')}.",
    )
