"""Whether to believe what Whisper says: pure.

The thresholds are those of Whisper's authors (openai/whisper, transcribe.py): a text that
compresses by more than 2.4 repeats itself, a mean log probability below -1 is guessing, and both a
guess and a no-speech probability above 0.6 are silence.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Literal

_REPETITIVE = 2.4
_UNSURE = -1.0
_SILENT = 0.6
_PERHAPS_SILENT = 0.3
_OVERRUN = 1.5
"""Seconds: of 60 texts that were right, the last sentence of 2 ended later behind the sound."""
_LAPS = re.compile(r"\b(\w+(?: \w+){2,9})(?: \1){2}\b")
"""Three to ten words, three times in a row: too little to compress well."""
_TWICE = re.compile(r"\b(\w+(?: \w+){5,}) \1\b")
"""Six words or more."""
_SENTENCE_END = re.compile(r"[.!?]\s")
_PHANTOMS = frozenset(
    (
        *(
            "you",
            "thank you",
            "thank you very much",
            "thanks for watching",
            "thank you for watching",
            "bye",
        ),
        *("subtitles by the amara org community", "please subscribe", "the end"),
    )
)
"""What Whisper has learned from subtitles to say where nothing is said."""

Verdict = Literal["good", "doubtful", "nothing"]


@dataclass(frozen=True, slots=True)
class Draft:
    """What was understood in one window, and how surely."""

    text: str
    tokens: int
    limit: int
    """Tokens at which it would have been cut."""
    log_probability: float
    """Mean over the tokens, natural logarithm."""
    no_speech: float
    """Probability, from 0 to 1, that nobody speaks."""
    small: bool = False
    """Its window is smaller than those of the training. Where silence follows words that were cut
    off, Whisper may fill up 30 s all the same, with the same words."""
    overrun: float = 0.0
    """Seconds by which the last time it tells lies behind the sound."""


def verdict(draft: Draft) -> Verdict:
    """Whether to keep a draft, to try again with a larger window, or to keep nothing."""
    unsure = draft.log_probability < _UNSURE
    if not _plain(draft.text) or (unsure and draft.no_speech > _SILENT):
        return "nothing"
    if draft.no_speech > _PERHAPS_SILENT and is_phantom(draft.text):
        return "nothing"
    filled = draft.small and (draft.overrun > _OVERRUN or says_twice(draft.text))
    return "doubtful" if unsure or filled or runs_in_circles(draft) else "good"


def runs_in_circles(draft: Draft) -> bool:
    if draft.tokens >= draft.limit or compression(draft.text) > _REPETITIVE:
        return True
    return _LAPS.search(_plain(draft.text)) is not None


def says_twice(text: str) -> bool:
    """Whether a long run of words is said twice in a row: people do that as well."""
    return _TWICE.search(_plain(text)) is not None


def repeats(before: str, text: str) -> bool:
    """Whether a text begins with the sentence before it, or only says the last words again: so do
    circles of several windows."""
    last, again = _plain(_SENTENCE_END.split(before.strip(" .!?"))[-1]), _plain(text)
    if not (last and again):
        return False
    return f"{again} ".startswith(f"{last} ") or f" {last}".endswith(f" {again}")


def compression(text: str) -> float:
    """How many times smaller zlib makes it."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw))


def is_phantom(text: str) -> bool:
    """One of the sentences that are heard in silence."""
    return _plain(text) in _PHANTOMS


def _plain(text: str) -> str:
    """Its words in small letters, one blank between them."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))
