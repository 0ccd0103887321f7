"""Which moments of a clip to show, and how they stand in a prompt: pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeVar

from edgeomni.errors import UsageError
from edgeomni.values import Frame, Part, Segment, Span

Sketch = bytes
"""A small copy of a picture, brightness before two planes of colour: each has ``SKETCH_SIDE`` rows
of as many pixels."""
SKETCH_SIDE = 64
_NOTICED = 6
"""Levels, of 256, by which one pixel of a sketch differs where something has changed: a mark
of 20 pixels in HD was seen to, the noise of cameras and encoders was not."""
_NEW_SCENE = 12
"""Levels by which the pixels of a plane differ on average from one scene to the next."""

T = TypeVar("T")


# ── time in words ────────────────────────────────────────────────────────────────────────────────

_TIME = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,6}):)?(\d{1,9}(?:\.\d{1,6})?)\s*s?", re.ASCII)


def parse_span(text: str) -> Span:
    """``0:10-0:20``, ``1:02:03-``, ``-90``; one moment alone is a span without length.

    Raises UsageError.
    """
    start, dash, end = text.replace("\N{EN DASH}", "-").partition("-")
    if not (start.strip() or end.strip()):
        raise _no_span(text)
    first = _seconds(start, text) if start.strip() else 0.0
    if not dash:
        return Span(first, first)
    last = _seconds(end, text) if end.strip() else math.inf
    if last < first:
        raise UsageError(f"The span {text!r} ends before it begins.", remedy="Swap its two times.")
    return Span(first, last)


def _seconds(time: str, text: str) -> float:
    found = _TIME.fullmatch(time.strip())
    if found is None:
        raise _no_span(text)
    hours, minutes, seconds = found.groups()
    if (hours and int(minutes) >= 60) or (minutes and float(seconds) >= 60):
        raise _no_span(text)
    return 3600 * int(hours or 0) + 60 * int(minutes or 0) + float(seconds)


def _no_span(text: str) -> UsageError:
    return UsageError(
        f"{text!r} is not a span of time.", remedy="Write it as 0:10-0:20, 1:02:03- or 90-120.5."
    )


def stamp(seconds: float, *, tenths: bool = False) -> str:
    """``0:12``, ``1:02:03``; ``0:12.3`` with tenths. Cut off, not rounded, as players do."""
    count = int(seconds * 10 + 1e-6)
    minutes, rest = divmod(count, 600)
    hours, minutes = divmod(minutes, 60)
    shown = f"{rest // 10:02}" + (f".{rest % 10}" if tenths else "")
    return f"{hours}:{minutes:02}:{shown}" if hours else f"{minutes}:{shown}"


# ── which moments ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of a clip that one frame stands for; all in seconds."""

    start: float
    at: float
    """Where the frame is wanted; any other in the stretch will do where it costs less."""
    end: float


def slots(span: Span, frames: int, rate: float = 0.0) -> list[Slot]:
    """``span``, which ends, in equal stretches: at most ``frames``, and ``rate`` a second."""
    length = span.end - span.start
    if length <= 0:
        return [Slot(span.start, span.start, span.start)]
    count = min(frames, math.ceil(length * rate - 1e-6)) if rate else frames
    width = length / max(1, count)
    starts = [span.start + index * width for index in range(max(1, count))]
    return [Slot(start, start + width / 2, start + width) for start in starts]


def thinned(items: Sequence[T], count: int) -> list[T]:
    """At most ``count`` of them, evenly spread, the first among them."""
    if len(items) <= count:
        return list(items)
    return [items[index * len(items) // count] for index in range(count)]


def scenes(sketches: Sequence[tuple[float, Sketch]], frames: int) -> list[float]:
    """The moments, in order, at which the picture has changed most; the first always."""
    if not sketches:
        return []
    changes = [(_mean(old, new), at) for (_, old), (at, new) in pairwise(sketches)]
    cuts = sorted((change for change in changes if change[0] >= _NEW_SCENE), reverse=True)
    return [sketches[0][0], *sorted(at for _, at in cuts[: frames - 1])]


def look_alike(one: Sketch, other: Sketch) -> bool:
    """Nothing in the two pictures differs by more than noise."""
    return max(map(_distance, one, other)) < _NOTICED


def _mean(one: Sketch, other: Sketch) -> float:
    """Of the plane in which they differ most: red and green may be as bright as each other."""
    plane = SKETCH_SIDE**2
    return max(
        sum(map(_distance, one[start : start + plane], other[start : start + plane])) / plane
        for start in range(0, len(one), plane)
    )


def _distance(one: int, other: int) -> int:
    return abs(one - other)


# ── the prompt ───────────────────────────────────────────────────────────────────────────────────


def paired(frames: Sequence[Frame]) -> list[Frame]:
    """Each two frames of one size as one, for models that merge them; one may be left over."""
    whole: list[Frame] = []
    waiting: Frame | None = None
    for frame in frames:
        if waiting is not None and _size(waiting) == _size(frame):
            image = replace(waiting.image, later=frame.image.pixels)
            whole[-1], waiting = replace(waiting, image=image), None
        else:
            whole.append(frame)
            waiting = frame
    return whole


def _size(frame: Frame) -> tuple[int, int]:
    return frame.image.width, frame.image.height


def layout(frames: Sequence[Frame], segments: Sequence[Segment] = ()) -> list[Part]:
    """Frames and what was said between them, in the order of time, each behind its time stamp."""
    tenths = any(stamp(a.seconds) == stamp(b.seconds) for a, b in pairwise(frames))
    events: list[tuple[float, list[Part]]] = []
    for frame in frames:
        shown = f"[{stamp(frame.seconds, tenths=tenths)}] "
        events.append((frame.seconds, [shown, frame.image, "\n"]))
    for said in segments:
        words = " ".join(said.text.split())
        times = f"{stamp(said.start, tenths=tenths)}-{stamp(said.end, tenths=tenths)}"
        events.append((said.start, [f'[{times}] "{words}"\n']))
    events.sort(key=lambda event: event[0])
    return list(_joined(part for _, parts in events for part in parts))


def _joined(parts: Iterator[Part]) -> Iterator[Part]:
    """Texts that follow each other become one."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
            continue
        if text:
            yield text
        text = ""
        yield part
    if text:
        yield text
