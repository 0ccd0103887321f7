"""What programs hand over, checked: settings, wishes for one question, pixels, shapes."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from edgeomni.errors import MediaError, SchemaError, UsageError
from edgeomni.looking import FRAME_CHOICES, MOST_FRAMES, USUAL_FRAMES, Look, fit_for
from edgeomni.settings import KEYS, Detail
from edgeomni.values import WHOLE, FrameChoice, FrameRequest, Image, Options, Tool
from edgeomni.vision.frames import parse_span
from edgeomni.vision.limits import ImageLimits, check_size

if TYPE_CHECKING:
    from edgeomni.engine.grammar.shape import Shape

_READERS = {key.field: key.read for key in KEYS}


class Looking(TypedDict, total=False):
    """How closely files are looked at."""

    pages: str
    """Of documents, like ``1-3,7,10-``; all when left out."""
    between: str
    """Of clips, like ``0:10-0:20``."""
    frames: int
    """Of a clip, at most; 16 when left out."""
    choose: FrameChoice
    """Which frames; evenly in time when left out."""
    sound: bool
    """Whether what is said in clips stands between their frames; it does when left out."""


class Asked(Looking, total=False):
    """How one question is asked; what is left out is as the settings have it."""

    schema: Mapping[str, Any] | type[Any]
    """JSON schema or Pydantic model that the answer must satisfy."""
    max_tokens: int
    temperature: float
    top_k: int
    top_p: float
    min_p: float
    repeat_penalty: float
    seed: int
    stop: Sequence[str]
    """Texts that end the answer; they are not part of it."""
    grammar: str
    """GBNF grammar that the answer must satisfy; excludes ``schema``."""
    tools: Sequence[Tool]
    """Functions that the model may ask for; nothing runs because of it."""
    thinking: bool
    """Whether models that can should reason first."""
    continuation: str
    """The beginning of the answer, already said."""
    overflow: Literal["trim", "refuse"]
    """When history outgrows the context: drop the oldest turns, or raise ContextFull."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One question's wishes, understood."""

    look: Look
    options: Options
    shape: Shape | None = None


def settings_of(given: Mapping[str, object]) -> Mapping[str, object]:
    """The same, when all of them are settings that make sense. Raises UsageError."""
    for name, value in given.items():
        if name not in _READERS:
            raise UsageError(f"There is no setting {name!r}{_nearest(name, _READERS)}")
        if value is not None:
            _read(name, value)
    return given


def wish_of(asked: Mapping[str, Any], usual: Options, detail: Detail) -> Wish:
    """Raises UsageError, SchemaError."""
    known = Asked.__annotations__
    for name in asked:
        if name not in known:
            raise _unknown(name, known)
    named = {field.name for field in fields(Options)} - {"schema"}
    wanted = {name: _option(name, value) for name, value in asked.items() if name in named}
    shape = None if asked.get("schema") is None else shape_of(asked["schema"])
    if shape is not None:
        wanted["schema"] = shape.schema
    return Wish(look_of(asked, detail), replace(usual, **wanted), shape)


def look_of(asked: Mapping[str, Any], detail: Detail) -> Look:
    """Reads what ``Looking`` names and leaves the rest. Raises UsageError."""
    frames, choice = asked.get("frames", USUAL_FRAMES.frames), asked.get("choose", "uniform")
    if isinstance(frames, bool) or not isinstance(frames, int) or not 1 <= frames <= MOST_FRAMES:
        raise UsageError(f"frames must be a whole number from 1 to {MOST_FRAMES}, not {frames!r}.")
    if choice not in FRAME_CHOICES:
        raise UsageError(f"choose must be one of {', '.join(FRAME_CHOICES)}, not {choice!r:.60}.")
    between = asked.get("between", "")
    request = FrameRequest(
        frames=frames,
        span=parse_span(str(between)) if between else WHOLE,
        choice=choice,
        fit=USUAL_FRAMES.fit,
    )
    sound = bool(asked.get("sound", True))
    pages = str(asked.get("pages", ""))
    return Look(pages=pages, fit=fit_for(detail), frames=request, sound=sound)


def picture_of(shown: Any) -> Image:
    """Anything that numpy takes for RGB pixels of shape (height, width, 3). Raises MediaError."""
    import numpy as np

    try:
        pixels = np.asarray(shown)
    except ValueError as error:  # lists of different lengths
        raise MediaError(f"This is no picture: {error}.") from error
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise MediaError(
            f"A picture has the shape (height, width, 3) and the type uint8, not {pixels.shape} "
            f"and {pixels.dtype}.",
            remedy='For a Pillow image: image.convert("RGB").',
        )
    height, width, _ = pixels.shape
    check_size(width, height, "The picture", ImageLimits())
    return Image(np.ascontiguousarray(pixels).tobytes(), width, height)


def shape_of(schema: Mapping[str, Any] | type[Any]) -> Shape:
    """Raises SchemaError."""
    from edgeomni.engine.grammar.shape import Shape, of_model

    if isinstance(schema, Mapping):
        return Shape(schema)
    name = getattr(schema, "__name__", repr(schema))
    try:
        return of_model(schema, name)
    except SchemaError:
        raise
    except Exception as error:  # the user's own code
        raise SchemaError(f"{name} gives no JSON schema: {error}.") from error


def _option(name: str, value: Any) -> Any:
    if name in _READERS:
        return _read(name, value)
    return tuple(value) if name in ("stop", "tools") and not isinstance(value, str) else value


def _read(name: str, value: object) -> Any:
    try:
        return _READERS[name](value)
    except ValueError as wrong:
        said = "" if name == "api_key" else f", not {value!r:.60}"
        raise UsageError(f"{name} must be {wrong}{said}.") from None


def _unknown(name: str, known: Mapping[str, Any]) -> UsageError:
    if name in _READERS:
        return UsageError(
            f"{name} is chosen once, not for each question.",
            remedy=f"Give it when the assistant is made: Assistant({name}=...).",
        )
    return UsageError(f"There is no option {name!r}{_nearest(name, known)}")


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    nearest = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {nearest[0]}?" if nearest else "."
