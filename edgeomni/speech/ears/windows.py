"""Which stretches of a sound Whisper is shown, how large a window, and how much it may say: pure.

Whisper was trained on windows of 30 s and most programs pad every utterance to that. The encoder
takes fewer frames as well: a sentence then costs a fifth. Windows of less than 10 s, or without
2 s of silence behind the speech, were seen to cost accuracy, and languages other than English want
longer ones (whisper.cpp #1855, CTranslate2 #2100).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edgeomni.values import Segment, Span

RATE = 16_000
"""Hertz: what Whisper and the detector of speech were trained on."""
FULL = 3000
"""Feature frames, of 10 ms each, in the window of Whisper's training."""
LONGEST = 28.0
"""Seconds of sound in one window: leaves 2 s of silence behind it."""
_FRAMES_A_SECOND = 100
_SILENCE = 2.0
_FLOOR_ENGLISH, _FLOOR = 10.0, 15.0
"""Seconds."""
_PAUSE = 4.0
"""Seconds of silence that end a window: Whisper makes words up in long ones."""
_ONE_PIECE = 6.0
"""Seconds; a longer window is told in several segments."""
_MOST_TOKENS = 224
"""What Whisper was trained to say about a window."""
_TOKENS_A_SECOND_ENGLISH, _TOKENS_A_SECOND = 10, 25
_FEWEST_TOKENS = 16
_LEFT = 1.0
"""Seconds of speech that are worth another window; the times of Whisper are no surer."""
_MARGIN = 0.5
"""Seconds before the end of a block in which the detector cannot know whether speech has ended."""


@dataclass(frozen=True, slots=True)
class Window:
    """Speech that is transcribed in one go, with the pauses in it."""

    speech: tuple[Span, ...]
    """In order; seconds from the beginning of the sound."""

    @property
    def start(self) -> float:
        return self.speech[0].start

    @property
    def end(self) -> float:
        return self.speech[-1].end

    @property
    def seconds(self) -> float:
        return self.end - self.start

    @property
    def timed(self) -> bool:
        """Whether Whisper has to say when; of one short stretch it is known already."""
        return len(self.speech) > 1 or self.seconds > _ONE_PIECE


def windows(speech: Iterable[Span]) -> list[Window]:
    """Stretches of speech joined to as few windows as hold them; none is cut.

    A stretch should be no longer than ``LONGEST``.
    """
    gathered: list[list[Span]] = []
    for span in speech:
        last = gathered[-1] if gathered else None
        if last and span.end - last[0].start <= LONGEST and span.start - last[-1].end <= _PAUSE:
            last.append(span)
        else:
            gathered.append([span])
    return [Window(tuple(spans)) for spans in gathered]


def heard_until(window: Window, said: Sequence[Segment]) -> float:
    """Where to go on: Whisper may stop before a sentence that it takes for cut off."""
    last = said[-1].end if said else window.end
    early = window.timed and last > window.start + _LEFT and last < window.end - _LEFT
    return last if early else window.end


def context(window: Window, said: Sequence[Segment], then: Sequence[Span]) -> str:
    """What was said in a window, where the speech ``then`` may go on with it."""
    if not then or then[0].start - window.end > _PAUSE:
        return ""
    return " ".join(segment.text for segment in said)


def behind(speech: Iterable[Span], until: float) -> list[Span]:
    """Speech without what comes before ``until``."""
    return [Span(max(until, span.start), span.end) for span in speech if span.end > until]


def frames_for(seconds: float, *, english: bool) -> int:
    """Feature frames for so much sound: never less than is safe, never more than ``FULL``."""
    floor = _FLOOR_ENGLISH if english else _FLOOR
    frames = math.ceil(max(floor, seconds + _SILENCE) * _FRAMES_A_SECOND)
    return min(FULL, frames + frames % 2)


def token_limit(seconds: float, *, english: bool) -> int:
    """More tokens than anybody says in that time; who reaches it is running in circles."""
    rate = _TOKENS_A_SECOND_ENGLISH if english else _TOKENS_A_SECOND
    return min(_MOST_TOKENS, _FEWEST_TOKENS + math.ceil(seconds * rate))


def finished_until(speech: Sequence[Span], seconds: float) -> float:
    """Up to where a block of a long recording can be transcribed: the rest goes to the next one.

    Speech that reaches the end of the block may go on behind it. All in seconds from the block's
    beginning; ``seconds`` is its length.
    """
    until = seconds - _MARGIN
    reaches_end = bool(speech) and speech[-1].end > until
    return speech[-1].start if reaches_end and speech[-1].start > 0 else max(until, seconds / 2)
