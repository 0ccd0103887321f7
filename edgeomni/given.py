"""What programs hand over, checked: settings, wishes for one question, pixels, shapes."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from edgeomni.errors import MediaError, SchemaError, UsageError
from edgeomni.looking import FRAME_CHOICES, MOST_FRAMES, USUAL_FRAMES, Look, fit_for
from edgeomni.settings import KEYS, Detail
from edgeomni.values import WHOLE, FrameChoice, FrameRequest, Image, Options, Tool
from edgeomni.vision.frames import parse_span
from edgeomni.vision.limits import ImageLimits, check_size
from edgeomni.vision.page_range import chosen_pages

if TYPE_CHECKING:
    from edgeomni.engine.grammar.shape import Shape

_ANY_COUNT = 1 << 30
"""Pages: more than a range can name."""
_READERS = {key.field: key.read for key in KEYS}


class Looking(TypedDict, total=False):
    """How closely files are looked at; None is as good as left out."""

    pages: str | None
    """Of documents, like ``1-3,7,10-``; all when left out."""
    between: str | None
    """Of clips, like ``0:10-0:20``."""
    frames: int | None
    """Of a clip, at most; 16 when left out."""
    choose: FrameChoice | None
    """Which frames; evenly in time when left out."""
    sound: bool | None
    """Whether what is said in clips stands between their frames; it does when left out."""


class Asked(Looking, total=False):
    """How one question is asked; what is left out is as the settings have it."""

    schema: Mapping[str, Any] | type[Any] | None
    """JSON schema or Pydantic model that the answer must satisfy."""
    max_tokens: int | None
    temperature: float | None
    top_k: int | None
    top_p: float | None
    min_p: float | None
    repeat_penalty: float | None
    seed: int | None
    stop: str | Sequence[str] | None
    """A text that ends the answer, or several; they are not part of it."""
    grammar: str | None
    """GBNF grammar that the answer must satisfy; excludes ``schema``."""
    tools: Sequence[Tool] | None
    """Functions that the model may ask for; nothing runs because of it."""
    thinking: bool | None
    """Whether models that can should reason first."""
    continuation: str | None
    """The beginning of the answer, already said."""
    overflow: Literal["trim", "refuse"] | None
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
    check_names(asked, Asked.__annotations__)
    named = {field.name for field in fields(Options)} - {"schema"}
    wanted = {
        name: _read(name, value)
        for name, value in asked.items()
        if name in named and value is not None
    }
    shape = None if asked.get("schema") is None else shape_of(asked["schema"])
    if shape is not None:
        wanted["schema"] = shape.schema
    return Wish(look_of(asked, detail), replace(usual, **wanted), shape)


def check_names(asked: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """Raises UsageError for an option that would be ignored."""
    for name in asked:
        if name not in known:
            raise _unknown(name, known)


def look_of(asked: Mapping[str, Any], detail: Detail) -> Look:
    """Reads what ``Looking`` names and leaves the rest. Raises UsageError."""
    said = {
        name: _read(name, asked[name])
        for name in Looking.__annotations__
        if asked.get(name) is not None
    }
    between = said.get("between")
    request = FrameRequest(
        frames=said.get("frames", USUAL_FRAMES.frames),
        span=parse_span(between) if between else WHOLE,
        choice=said.get("choose", USUAL_FRAMES.choice),
        fit=USUAL_FRAMES.fit,
    )
    return Look(
        pages=said.get("pages", ""),
        fit=fit_for(detail),
        frames=request,
        sound=said.get("sound", True),
    )


def pages_of(pages: str | None) -> str:
    """A range of pages as it may be of any document. Raises UsageError."""
    wanted = "" if pages is None else str(_read("pages", pages))
    chosen_pages(wanted, _ANY_COUNT, "any document")
    return wanted


def picture_of(shown: Any) -> Image:
    """Anything that numpy takes for RGB pixels of shape (height, width, 3). Raises MediaError."""
    import numpy as np

    if isinstance(shown, bytes | bytearray | memoryview):
        raise MediaError(
            "A picture is shown by its path or its pixels, not by the bytes of a file.",
            remedy="Give the path of the file, or let Pillow open it: "
            'PIL.Image.open(...).convert("RGB").',
        )
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


def _read(name: str, value: object) -> Any:
    try:
        return (_READERS.get(name) or _OF_A_QUESTION[name])(value)
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


# ── what only a question has: each reader raises ValueError with what it wants ───────────────────


def _text(raw: object) -> str:
    if not isinstance(raw, str):
        raise ValueError("a text")
    return raw


def _pages(raw: object) -> str:
    if not isinstance(raw, str):
        raise ValueError('a text like "1-3,7,10-"')
    return raw


def _between(raw: object) -> str:
    if not isinstance(raw, str):
        raise ValueError('a text like "0:10-0:20"')
    return raw


def _frames(raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= MOST_FRAMES:
        raise ValueError(f"a whole number from 1 to {MOST_FRAMES}")
    return raw


def _flag(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise ValueError("True or False")
    return raw


def _one_of(*words: str) -> Callable[[object], str]:
    def read(raw: object) -> str:
        if raw not in words:
            raise ValueError("one of " + ", ".join(words))
        return str(raw)

    return read


def _stops(raw: object) -> tuple[str, ...]:
    texts = (raw,) if isinstance(raw, str) else _several(raw)
    if texts is None or not all(isinstance(text, str) and text for text in texts):
        raise ValueError("a text or a list of texts, none of them empty")
    return texts


def _tools(raw: object) -> tuple[Tool, ...]:
    tools = _several(raw)
    if tools is None or not all(isinstance(tool, Tool) for tool in tools):
        raise ValueError("a list of edgeomni.values.Tool")
    return tools


def _several(raw: object) -> tuple[Any, ...] | None:
    return tuple(raw) if isinstance(raw, list | tuple | set | frozenset) else None


_OF_A_QUESTION: Mapping[str, Callable[[object], Any]] = {
    "pages": _pages,
    "between": _between,
    "frames": _frames,
    "choose": _one_of(*FRAME_CHOICES),
    "sound": _flag,
    "stop": _stops,
    "grammar": _text,
    "tools": _tools,
    "thinking": _flag,
    "continuation": _text,
    "overflow": _one_of("trim", "refuse"),
}
