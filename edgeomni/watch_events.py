"""What the live sight of a camera, a screen or a stream tells while it goes on.

Times are seconds since the watch began; of a video file, seconds within it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias, get_args

from edgeomni.values import Image


@dataclass(frozen=True, slots=True)
class Opened:
    """Frames come: told at the beginning, and whenever the source was opened again."""

    at: float
    source: str
    """What to call it, without credentials."""
    width: int
    """Pixels, upright, as the source has them."""
    height: int
    fps: float
    """Frames a second as the source claims them; 0 where it claims nothing."""


@dataclass(frozen=True, slots=True)
class Seen:
    """About twice a second, also while nothing is seen: the sign of life of the worker."""

    at: float
    fps: float
    """Frames a second that were looked at, over the last seconds."""
    score: float
    """How much the picture has changed, as the gate has it."""
    state: str
    """The gate's, or ``opening``, ``lost``, ``pausing``, ``paused``."""
    number: int = 0
    """Frames looked at so far."""


@dataclass(frozen=True, slots=True)
class Look:
    """A frame worth describing."""

    at: float
    number: int
    """Of the frame, counted from 1 since the watch began."""
    why: str
    """As the gate has it."""
    score: float
    since: float
    """When the change began."""
    image: Image


@dataclass(frozen=True, slots=True)
class Lost:
    """There is no picture any more, and it is tried to have one again."""

    at: float
    code: str
    """``unplugged``, ``cut``, ``frozen``, ``blocked``, ``crashed``, or as the error has it that
    says why the source cannot be opened."""
    text: str
    """What happened and what to do, without credentials."""


@dataclass(frozen=True, slots=True)
class Back:
    """There are pictures again."""

    at: float


@dataclass(frozen=True, slots=True)
class Skipped:
    """Frames that could not be used, told now and then."""

    at: float
    count: int
    """Since this was told last."""
    why: str
    """``empty``, ``too large``, ``damaged`` or ``late``: dropped since newer ones were there."""


@dataclass(frozen=True, slots=True)
class Over:
    """A file has ended, and so do the events."""

    at: float


@dataclass(frozen=True, slots=True)
class Picture:
    """The newest stable frame, for a question. No event: it is asked for."""

    at: float
    number: int
    """As in ``Look``."""
    image: Image


Event: TypeAlias = Opened | Seen | Look | Lost | Back | Skipped | Over
_KINDS: Mapping[str, type[Event | Picture]] = {
    kind.__name__: kind for kind in (*get_args(Event), Picture)
}


def packed(event: Event | Picture) -> tuple[dict[str, Any], list[bytes]]:
    """As it travels from the worker: its words, and the pixels where it has some."""
    if not isinstance(event, Look | Picture):
        return {"event": type(event).__name__, **asdict(event)}, []
    values = {name: getattr(event, name) for name in type(event).__slots__ if name != "image"}
    image = event.image
    size = {"width": image.width, "height": image.height, "name": image.name}
    return {"event": type(event).__name__, **values, "image": size}, [image.pixels]


def unpacked(data: Mapping[str, Any], pixels: Sequence[bytes | memoryview] = ()) -> Event | Picture:
    """What ``packed`` made."""
    values = dict(data)
    kind = _KINDS[values.pop("event")]
    if pixels:
        values["image"] = Image(bytes(pixels[0]), **values["image"])
    return kind(**values)
