"""Whisper through CTranslate2: one window at a time, as small a one as is safe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer

from edgeomni.errors import AbilityMissing, ModelError
from edgeomni.speech.ears.detector import Samples
from edgeomni.speech.ears.guards import Draft, repeats, runs_in_circles, verdict
from edgeomni.speech.ears.timing import Sentence, last_time, sentences, snapped
from edgeomni.speech.ears.windows import FULL, RATE, Window, frames_for, token_limit
from edgeomni.values import Segment, Span

_ENGLISH = "en"
_CONTEXT = 30
"""Tokens of what was said before a window; with 100 of them no fewer words were wrong."""
_COMPUTE_TYPES = {"cpu": "int8", "cuda": "float16"}
_FIRST_TIME = 50
"""Ticks of 20 ms within which the first sentence has to begin, as in Whisper's own decoding."""


def _prompt(tokenizer: Tokenizer, context: str) -> list[int]:
    return [tokenizer.sot_prev, *tokenizer.encode(f" {context}")[-_CONTEXT:]] if context else []


@dataclass(frozen=True, slots=True)
class _Effort:
    """One way to try."""

    small: bool
    """With a window as small as is safe, instead of the whole 30 s."""
    distinct: int = 0
    """Length of a run of tokens that may not come twice; 0 sets no bound."""
    beam: int = 5
    """With 1, a tenth faster, 13.0 % of 1128 words were wrong in place of 9.0 %, clean and in
    noise."""


_EFFORTS = (_Effort(small=True), _Effort(small=False), _Effort(small=False, distinct=4))
"""The next one where the result of the one before is doubtful."""
_GOING_ON = _Effort(small=True)
"""With what was said before in mind: it helps a sentence along, and a wrong one even more."""


class Whisper:
    def __init__(self, folder: Path, threads: int, device: str = "cpu") -> None:
        """Load the model in ``folder``, onto ``cpu`` or ``cuda``. Raises ModelError."""
        self._name = folder.name
        try:
            self._model = WhisperModel(
                str(folder),
                device=device,
                compute_type=_COMPUTE_TYPES[device],
                cpu_threads=threads,
            )
        except Exception as error:  # RuntimeError of CTranslate2, Exception itself of tokenizers
            raise ModelError(
                f"The speech model in {folder} cannot be loaded: {str(error)[:200]}.",
                works="Everything but speech works.",
                remedy=f"`edgeomni pull {folder.name}` verifies it and fetches it again.",
            ) from error

    def transcribe(
        self, samples: Samples, window: Window, language: str, before: str = ""
    ) -> list[Segment]:
        """What is said in one window of ``samples``; language "" means: find out.

        ``before`` is what was said just before it, and lets the first try go on with a sentence.
        Raises AbilityMissing.
        """
        self._check(language)
        heard = samples[int(window.start * RATE) : int(window.end * RATE)]
        features = self._model.feature_extractor(heard)
        for effort in (_GOING_ON, *_EFFORTS) if before else _EFFORTS:
            context = before if effort is _GOING_ON else ""
            tokens, draft, tokenizer = self._draft(
                features, window, language, effort, context, timed=window.timed
            )
            judged = verdict(draft)
            if context and repeats(context, draft.text):
                continue
            if judged == "nothing":
                return []
            if judged == "good":
                break
        if runs_in_circles(draft):
            return self._each(samples, window, language)
        return list(self._segments(tokens, window, tokenizer))

    def _each(self, samples: Samples, window: Window, language: str) -> list[Segment]:
        """Stretch by stretch: a circle stays in its own, and what was said twice is no circle."""
        alone = [Window((span,)) for span in window.speech if len(window.speech) > 1]
        return [said for each in alone for said in self.transcribe(samples, each, language)]

    def sketch(self, samples: Samples, language: str) -> str:
        """What has been said so far, cheaply: one try, greedily; "" where there is doubt.

        ``samples`` are no longer than ``ears.windows.LONGEST``. Raises AbilityMissing.
        """
        self._check(language)
        window = Window((Span(0.0, len(samples) / RATE),))
        features = self._model.feature_extractor(samples)
        effort = _Effort(small=True, beam=1)
        _, draft, _ = self._draft(features, window, language, effort, timed=False)
        return draft.text.strip() if verdict(draft) == "good" else ""

    def _check(self, language: str) -> None:
        known = self._model.supported_languages
        if language and language not in known:
            raise AbilityMissing(
                f"The speech model {self._name} does not know the language {language[:20]!r}.",
                works=f"It knows {', '.join(known[:6])}{' ...' if len(known) > 6 else ''}.",
                remedy="Choose the model base, which knows many languages, by codes such as de.",
            )

    def _draft(
        self,
        features: Any,
        window: Window,
        language: str,
        effort: _Effort,
        context: str = "",
        *,
        timed: bool,
    ) -> tuple[list[int], Draft, Tokenizer]:
        english = not self._model.model.is_multilingual or language == _ENGLISH
        frames = frames_for(window.seconds, english=english) if effort.small else FULL
        encoded = self._model.encode(pad_or_trim(features, frames))
        tokenizer = self._tokenizer(language or self._language_of(encoded))
        prompt = [*_prompt(tokenizer, context), *tokenizer.sot_sequence]
        if not timed:
            prompt.append(tokenizer.no_timestamps)
        limit = token_limit(window.seconds, english=english)
        result = self._model.model.generate(
            encoded,
            [prompt],
            beam_size=effort.beam,
            no_repeat_ngram_size=effort.distinct,
            # CTranslate2 writes at most half of it, and at most what the prompt leaves.
            max_length=max(2 * limit, len(prompt) + limit),
            max_initial_timestamp_index=_FIRST_TIME,
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        tokens = result.sequences_ids[0]
        text = tokenizer.decode(tokens)
        # The score is the mean over the tokens without the one that ends the text.
        mean = result.scores[0] * len(tokens) / (len(tokens) + 1)
        overrun = last_time(tokens, tokenizer.timestamp_begin) - window.seconds
        silent, small = result.no_speech_prob, frames < FULL
        draft = Draft(text, len(tokens), limit, mean, silent, small, overrun)
        return tokens, draft, tokenizer

    def _tokenizer(self, language: str) -> Tokenizer:
        model = self._model
        return Tokenizer(
            model.hf_tokenizer, model.model.is_multilingual, "transcribe", language or _ENGLISH
        )

    def _language_of(self, encoded: Any) -> str:
        if not self._model.model.is_multilingual:
            return _ENGLISH
        token, _ = self._model.model.detect_language(encoded)[0][0]
        return str(token)[2:-2]  # <|de|>

    def _segments(
        self, tokens: list[int], window: Window, tokenizer: Tokenizer
    ) -> Iterator[Segment]:
        for said in self._sentences(tokens, window, tokenizer):
            text = tokenizer.decode(list(said.tokens)).strip()
            whole = Span(window.start + said.span.start, window.start + said.span.end)
            span = snapped(whole, window.speech)
            if text:
                yield Segment(round(span.start, 2), round(span.end, 2), text)

    def _sentences(
        self, tokens: list[int], window: Window, tokenizer: Tokenizer
    ) -> Iterator[Sentence]:
        if window.timed:
            return sentences(tokens, tokenizer.timestamp_begin, window.seconds)
        return iter([Sentence(Span(0.0, window.seconds), tuple(tokens))])
