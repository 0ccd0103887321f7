"""Everything that is said in a sound, passage by passage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from edgeomni.speech.devices.sound_io import Samples
from edgeomni.speech.ears.windows import Window, behind, context, heard_until, windows
from edgeomni.values import Segment, Span


class Transcribing(Protocol):
    """What writes one window down, as ``edgeomni.speech.ears.whisper.Whisper`` does."""

    def transcribe(
        self, samples: Samples, window: Window, language: str, before: str = ""
    ) -> list[Segment]: ...


@dataclass(frozen=True, slots=True)
class Passage:
    until: float
    """Seconds of the sound up to which all is done."""
    segments: Sequence[Segment]


def heard(
    whisper: Transcribing, samples: Samples, speech: Sequence[Span], language: str
) -> Iterator[Passage]:
    """What Whisper leaves of a window for being cut off is heard again, in the next one."""
    left, before = list(speech), ""
    while left:
        window = windows(left)[0]
        segments = whisper.transcribe(samples, window, language, before)
        until = heard_until(window, segments)
        left = behind(left, until)
        before = context(window, segments, left)
        yield Passage(until, segments)
