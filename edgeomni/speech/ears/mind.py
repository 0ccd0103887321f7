"""The models that understand a conversation, loaded when it begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from edgeomni.speech.ears.detector import Samples, speech_in
from edgeomni.speech.ears.end_of_turn import EndOfTurn
from edgeomni.speech.ears.passages import heard
from edgeomni.speech.ears.whisper import Whisper
from edgeomni.speech.ears.windows import LONGEST, RATE
from edgeomni.values import Span


class Mind:
    """Implements ``edgeomni.speech.ears.scribe.Understanding``. One caller at a time."""

    def __init__(
        self,
        whisper: Whisper,
        detector: EndOfTurn | None,
        language: str,
        spare: Callable[[RuntimeError], Whisper] | None = None,
    ) -> None:
        """``spare`` makes what listens in place of a Whisper whose GPU failed."""
        self._whisper = whisper
        self._detector = detector
        self._language = language
        self._spare = spare

    def sketch(self, turn: Samples) -> str:
        return self._tried(lambda: self._whisper.sketch(turn, self._language))

    def write(self, turn: Samples) -> str:
        """Where the speech is, is known: only a long turn has to be cut at its pauses."""
        return self._tried(lambda: " ".join(self._written(turn)))

    def _written(self, turn: Samples) -> Iterator[str]:
        seconds = len(turn) / RATE
        known = seconds > LONGEST
        speech = speech_in(turn) if known else [Span(0.0, seconds)]
        for passage in heard(self._whisper, turn, speech, self._language):
            yield from (said.text for said in passage.segments)
            rest = turn[int(passage.until * RATE) :]
            # Of the silence that ends a turn Whisper makes up more of the same.
            if not (known or speech_in(rest)):
                break

    def complete(self, turn: Samples) -> float | None:
        return None if self._detector is None else self._detector.probability(turn)

    def _tried(self, work: Callable[[], str]) -> str:
        try:
            return work()
        except RuntimeError as error:  # CTranslate2's for all that a GPU can do
            if self._spare is None:
                raise
            self._whisper, self._spare = self._spare(error), None
            return work()


def made(
    model: Path,
    detector: Path | None,
    language: str,
    threads: int,
    device: str = "cpu",
    tell: Callable[[str], None] = lambda text: None,
) -> Mind:
    """Loads the models, Whisper onto ``device``, and warms them; ``tell`` hears of a lost GPU.

    Raises ModelError, AbilityMissing.
    """

    def spare(error: RuntimeError) -> Whisper:
        happened = str(error)[:200]
        tell(f"The GPU failed; speech is understood on the processor now. It said: {happened}.")
        return Whisper(model, threads)

    whisper = Whisper(model, threads, device)
    ends = EndOfTurn(detector) if detector else None
    mind = Mind(whisper, ends, language, None if device == "cpu" else spare)
    silence = np.zeros(RATE, np.float32)
    mind.sketch(silence)
    mind.complete(silence)
    return mind
