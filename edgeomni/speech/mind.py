"""The models that understand a conversation, loaded when it begins."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgeomni.speech.detector import Samples, speech_in
from edgeomni.speech.end_of_turn import EndOfTurn
from edgeomni.speech.whisper import Whisper
from edgeomni.speech.windows import LONGEST, RATE, Window, windows
from edgeomni.values import Span


class Mind:
    """Implements ``edgeomni.speech.scribe.Understanding``. One caller at a time."""

    def __init__(self, whisper: Whisper, detector: EndOfTurn | None, language: str) -> None:
        self._whisper = whisper
        self._detector = detector
        self._language = language

    def sketch(self, turn: Samples) -> str:
        return self._whisper.sketch(turn, self._language)

    def write(self, turn: Samples) -> str:
        """Where the speech is, is known: only a long turn has to be cut at its pauses."""
        seconds = len(turn) / RATE
        whole = [Window((Span(0.0, seconds),))]
        said = []
        for window in whole if seconds <= LONGEST else windows(speech_in(turn)):
            said += self._whisper.transcribe(turn, window, self._language)
        return " ".join(segment.text for segment in said)

    def complete(self, turn: Samples) -> float | None:
        return None if self._detector is None else self._detector.probability(turn)


def made(model: Path, detector: Path | None, language: str, threads: int) -> Mind:
    """Loads the models and warms them. Raises ModelError, AbilityMissing."""
    mind = Mind(Whisper(model, threads), EndOfTurn(detector) if detector else None, language)
    silence = np.zeros(RATE, np.float32)
    mind.sketch(silence)
    mind.complete(silence)
    return mind
