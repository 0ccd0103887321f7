"""What is said in a file, however long: block by block through the eyes and the ears."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from edgeomni.errors import DownloadError, EngineError, MediaError, ModelError
from edgeomni.ports import Cancel, Ears, Eyes
from edgeomni.speech.ears.windows import RATE, finished_until
from edgeomni.values import WHOLE, AudioClip, Segment, Span

BLOCK = 120.0
"""Seconds of sound that are held at a time: 7.7 MB."""
_SHORT = 0.1
"""Seconds by which a block may be shorter than asked and still be whole."""

_MOST = 600.0
"""Seconds of a film whose words are put between its frames: more would fill a prompt."""
_LEAST = 0.5
"""Seconds; in less nobody says anything."""

Told = Callable[[float], None]


def words_in(
    eyes: Eyes,
    ears: Ears,
    path: Path,
    span: Span = WHOLE,
    *,
    language: str = "",
    progress: Told | None = None,
    cancel: Cancel | None = None,
) -> Iterator[Segment]:
    """What is said in ``span`` of a sound or a film, segment by segment as it is understood.

    ``progress`` is told up to which second of the file all is done. Raises MediaError, and what
    ``Ears.transcribe`` does.
    """
    tell = progress or (lambda seconds: None)
    at, over = span.start, False
    while at < span.end and not (cancel and cancel.asked):
        asked = Span(at, min(span.end, at + BLOCK))
        clip = _block(eyes, path, asked, maybe_over=over)
        if clip is None:
            return
        over = clip.seconds < asked.end - asked.start - _SHORT
        speech = ears.speech(clip)
        if not over and asked.end < span.end:
            until = finished_until(speech, clip.seconds)
            speech = [said for said in speech if said.start < until]
        else:
            until = asked.end - at
        if speech:
            heard = ears.transcribe(
                clip, speech, language=language, progress=_from(at, tell), cancel=cancel
            )
            yield from (_later(said, at) for said in heard)
        at += until
        tell(at if not over else asked.start + clip.seconds)


def _block(eyes: Eyes, path: Path, asked: Span, *, maybe_over: bool) -> AudioClip | None:
    """None behind the end. A block that was short is the last one, or its clock has a gap."""
    try:
        return eyes.audio(path, RATE, asked)
    except MediaError:
        if maybe_over:
            return None
        raise


def _from(start: float, tell: Told) -> Told:
    return lambda seconds: tell(start + seconds)


def _later(said: Segment, seconds: float) -> Segment:
    return Segment(round(said.start + seconds, 2), round(said.end + seconds, 2), said.text)


def overheard(
    eyes: Eyes, ears: Ears, path: Path, span: Span, tell: Callable[[str], None]
) -> Sequence[Segment]:
    """What is said in a part of a film, to be shown with its pictures.

    What stands in the way is told and is no error: the pictures can be shown all the same.
    """
    if span.end - span.start < _LEAST:
        return ()
    if span.end - span.start > _MOST:
        remedy = f"choose at most {_MOST / 60:.0f} minutes with --between to hear them"
        tell(f"{path.name} is shown without its words: {remedy}.")
        return ()
    try:
        return list(words_in(eyes, ears, path, span))
    except (DownloadError, EngineError, MediaError, ModelError) as error:
        tell(f"{path.name} is shown without its words. {error.happened}")
        return ()
