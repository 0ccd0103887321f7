"""Which frames of a clip are decoded, and in what order: one at a time, without near-duplicates."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path

from av.container import InputContainer
from av.video.stream import VideoStream

from edgeomni.errors import MediaError
from edgeomni.values import ClipInfo, Frame, FrameRequest, Span
from edgeomni.vision.container import is_decodable, opened
from edgeomni.vision.easel import Easel
from edgeomni.vision.film import Film, moving_pictures
from edgeomni.vision.frames import Slot, look_alike, scenes, slots, stamp, thinned
from edgeomni.vision.limits import ImageLimits, check_size
from edgeomni.vision.source import refusal

LIMITS = ImageLimits(file_bytes=64 << 30, pixels=36_000_000)
"""Of one frame: 8K is let in. Of a file, only the parts that are asked for are read."""
_SPELLED = "MP4, MOV, MKV, WebM, AVI, MPEG-TS or GIF"
_CANDIDATES = 8
"""Times as many frames are compared as are wanted, to find new scenes."""
_CANDIDATE_RATE = 4.0
"""Frames a second, at most, that are compared."""
_LONGEST_SEARCH = 120.0
"""Seconds of a clip that are decoded whole to find new scenes where there are few keyframes; longer
ones are shown evenly instead."""


def clip(path: Path) -> ClipInfo:
    """What is in a clip. Raises MediaError."""
    with _opened(path) as (film, easel):
        first = film.frame_for(Slot(0.0, 0.0, film.end))
        if first is None:
            raise _nothing(path.name)
        width, height = easel.shown_size(first)
        return ClipInfo(film.end, width, height, film.rate, film.has_sound)


def frames(path: Path, request: FrameRequest) -> Generator[Frame]:
    """What ``request`` asks for, each frame as soon as it is decoded. Raises MediaError."""
    with _opened(path) as (film, easel):
        span = _within(request.span, film.end, path.name)
        last, sketch = -1.0, b""
        for slot in _chosen(film, span, request, easel):
            frame = film.frame_for(slot)
            if frame is None or film.moment(frame) <= last:
                continue
            last, before, sketch = film.moment(frame), sketch, easel.sketch(frame)
            if request.distinct and before and look_alike(before, sketch):
                sketch = before
                continue
            yield Frame(easel.picture(frame, last, request.fit), last)
        if last < 0:
            raise _nothing(path.name)


@contextmanager
def moving(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """A clip and the pictures in it, not larger than is let in. Raises MediaError."""
    with opened(path, "a video", _SPELLED, LIMITS.file_bytes) as container:
        stream = moving_pictures(container)
        if stream is None:
            happened = f"{path.name} holds no moving pictures."
            raise refusal(happened, "If it is a recording, give it as a sound.")
        if not is_decodable(stream):
            codec = stream.codec_context
            happened = (
                f"{path.name} is compressed with {codec.name if codec else 'what is unknown'}"
            )
            remedy = "Convert it to H.264 in an MP4 file."
            raise refusal(f"{happened}, which is not among what can be decoded.", remedy)
        check_size(stream.width, stream.height, path.name, LIMITS)
        # A frame may be larger than the header says: this is asked before it is allocated.
        stream.codec_context.options = {"max_pixels": str(LIMITS.pixels)}
        yield container, stream


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Film, Easel]]:
    with moving(path) as (container, stream):
        stretch = float(stream.sample_aspect_ratio or 1)
        with closing(Film(container, stream)) as film:
            yield film, Easel(path.name, stretch, LIMITS)


def _within(span: Span, end: float, name: str) -> Span:
    if not end:
        raise _nothing(name)
    if span.start >= end:
        happened = f"{name} ends at {stamp(end)}; there is nothing to see from {stamp(span.start)}."
        raise refusal(happened, "Ask for an earlier part.")
    return Span(span.start, min(span.end, end))


def _nothing(name: str) -> MediaError:
    happened = f"{name} has no frame that can be decoded."
    return refusal(happened, "Copy or download it again, or open it in a player and export it.")


# ── which frames ─────────────────────────────────────────────────────────────────────────────────


def _chosen(film: Film, span: Span, request: FrameRequest, easel: Easel) -> list[Slot]:
    even = slots(span, request.frames, request.rate)
    if span.start == span.end or request.choice == "uniform":
        return even
    keys = film.keyframes(span)
    if request.choice == "keyframes":
        return thinned(_around(keys, span.end), len(even)) or even
    candidates = _candidates(keys, span, request.frames)
    found = (frame for slot in candidates if (frame := film.frame_for(slot)))
    sketches = [(film.moment(frame), easel.sketch(frame)) for frame in found]
    moments = scenes(sketches, len(even))
    return [Slot(at, at, at) for at in moments] if len(moments) > 1 else even


def _candidates(keys: list[float], span: Span, wanted: int) -> list[Slot]:
    """Encoders begin anew at new scenes; where they did not, all of a short span is looked at."""
    if len(keys) >= wanted:
        return thinned(_around(keys, span.end), wanted * _CANDIDATES)
    if span.end - span.start <= _LONGEST_SEARCH:
        return slots(span, wanted * _CANDIDATES, _CANDIDATE_RATE)
    return []


def _around(keys: list[float], end: float) -> list[Slot]:
    """Slots in which each keyframe is the nearest before the middle; an index may be a bit off."""
    return [Slot(at, (at + until) / 2, until) for at, until in pairwise([*keys, end])]
