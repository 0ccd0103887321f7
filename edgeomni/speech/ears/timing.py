"""When each sentence of a window was said: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edgeomni.values import Span

_TICK = 0.02
"""Seconds from one time token of Whisper's to the next."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Tokens of text between two time tokens."""

    span: Span
    tokens: tuple[int, ...]


def sentences(tokens: Sequence[int], first_time: int, seconds: float) -> Iterator[Sentence]:
    """Text between time tokens; ``first_time`` is the token of 0 s, ``seconds`` the sound's length.

    Times are in seconds from the beginning of the window, in order and within it.
    """
    start, words = 0.0, list[int]()
    for token in tokens:
        if token < first_time:
            words.append(token)
            continue
        at = min(seconds, max(start, (token - first_time) * _TICK))
        if words:
            yield Sentence(Span(start, at), tuple(words))
        start, words = at, []
    if words:
        yield Sentence(Span(start, seconds), tuple(words))


def last_time(tokens: Sequence[int], first_time: int) -> float:
    """The latest of the times that Whisper tells, in seconds; 0 where it tells none."""
    return max(0, max(tokens, default=0) - first_time) * _TICK


def snapped(span: Span, speech: Sequence[Span]) -> Span:
    """Without the silence at its ends: Whisper's times are rough, the detector's are not."""
    inside = [s for s in speech if s.end > span.start and s.start < span.end]
    if not inside:
        return span
    return Span(max(span.start, inside[0].start), min(span.end, inside[-1].end))
