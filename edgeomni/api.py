"""The assistant for other Python programs: ``from edgeomni import Assistant``."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeomni.build import Factories, build, read_settings
from edgeomni.errors import MediaError, SchemaError, UsageError
from edgeomni.looking import USUAL_FRAMES, Look, fit_for, kind_of
from edgeomni.settings import KEYS
from edgeomni.values import (
    AudioClip,
    EngineEvent,
    Finished,
    Image,
    Message,
    Notice,
    Options,
    Part,
    Receipt,
    Reply,
    TextDelta,
    ThoughtDelta,
    ToolCall,
)
from edgeomni.vision.frames import parse_span

if TYPE_CHECKING:
    from edgeomni.engine.grammar.shape import Shape

Shown = str | os.PathLike[str] | Image | AudioClip | Any
"""A path, a value, or anything that numpy takes for RGB pixels of shape (height, width, 3)."""


class Assistant:
    """One conversation with one model; close it, or use it as a context manager.

    >>> with Assistant() as assistant:
    ...     print(assistant.ask("What is on the table?", "photo.jpg").text)

    Everything that can go wrong is an ``edgeomni.errors.EdgeomniError``.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | None = None,
        *,
        system: str | None = None,
        factories: Factories | None = None,
        **settings: object,
    ) -> None:
        """``settings`` are those of the command line, such as ``device="cpu"``, ``detail="high"``,
        ``context=8192`` or ``offline=True``; what is not given comes from the user's own files.

        Raises:
            EdgeomniError: a setting is wrong, or the model can be neither found nor fetched.
        """
        known = {key.field for key in KEYS}
        if unknown := [name for name in settings if name not in known]:
            raise UsageError(f"There is no setting {unknown[0]!r}.")
        named = os.fspath(model) if isinstance(model, os.PathLike) else model
        chosen = read_settings({"model": named, "system": system, **settings})
        self._closed = False
        self._home = build(chosen, factories=factories)

    def ask(
        self,
        prompt: str,
        *shown: Shown,
        schema: Mapping[str, Any] | type[Any] | None = None,
        pages: str = "",
        between: str = "",
        **options: Any,
    ) -> Reply:
        """One question and its whole answer; see ``stream`` for the arguments.

        Args:
            schema: JSON schema or Pydantic model that the answer must satisfy; ``Reply.data`` is
                then the parsed answer.

        Raises:
            IncompleteAnswer: an answer with a schema was cut before it was whole.
            UnfitAnswer: it does not satisfy the schema, or the model's own
                validators refuse it.
        """
        shape = None if schema is None else _shape_of(schema)
        if shape is not None:
            options["schema"] = shape.schema
        events = list(self.events(prompt, *shown, pages=pages, between=between, **options))
        reply = _gathered(events)
        if shape is not None and (failure := shape.failure(reply.text, reply.receipt)):
            raise failure
        return reply

    def stream(self, prompt: str, *shown: Shown, **options: Any) -> Iterator[str]:
        """The answer, piece by piece.

        Args:
            shown: Pictures, documents, clips and sounds, in the order in which they stand before
                the prompt.
            options: Fields of ``edgeomni.values.Options``, such as ``max_tokens``,
                ``temperature`` and ``seed``; ``pages`` of documents; a span ``between`` two times
                of clips.

        Raises:
            EdgeomniError: a file cannot be used, or the engine failed.
        """
        with closing(self.events(prompt, *shown, **options)) as events:
            yield from (event.text for event in events if isinstance(event, TextDelta))

    def events(
        self, prompt: str, *shown: Shown, pages: str = "", between: str = "", **options: Any
    ) -> Generator[EngineEvent, None, None]:
        """Like ``stream``, with reasoning, tool calls, notices and the receipt at the end."""
        if self._closed:
            raise UsageError("This assistant was closed.", remedy="Make a new one.")
        if not isinstance(prompt, str):
            raise UsageError(f"A prompt is a text, not {type(prompt).__name__}.")
        chosen = _options(self._home.settings.options(), options)
        frames = replace(USUAL_FRAMES, span=parse_span(str(between))) if between else USUAL_FRAMES
        fit = fit_for(self._home.settings.detail.value)
        look = Look(pages=str(pages), frames=frames, fit=fit)
        parts = [part for each in shown for part in self._parts(each, look)]
        return self._home.assistant.reply([*parts, prompt], chosen)

    @property
    def history(self) -> tuple[Message, ...]:
        return self._home.assistant.history

    def clear(self) -> None:
        """Begin a new conversation."""
        self._home.assistant.clear()

    def close(self) -> None:
        """End the worker processes; nothing can be asked any more."""
        self._closed = True
        self._home.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _parts(self, shown: Shown, look: Look) -> Sequence[Part]:
        if isinstance(shown, Image | AudioClip):
            return [shown]
        if isinstance(shown, str | os.PathLike):
            path = Path(shown)
            return self._home.show(kind_of(path) or "image", path, look)
        return [_pixels(shown)]


def _pixels(shown: Any) -> Image:
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
    return Image(np.ascontiguousarray(pixels).tobytes(), width, height)


def _options(usual: Options, wanted: Mapping[str, Any]) -> Options:
    readers = {key.field: key.read for key in KEYS}
    for name in wanted.keys() & readers.keys():
        try:
            readers[name](wanted[name])
        except ValueError as wrong:
            raise UsageError(f"{name} must be {wrong}, not {wanted[name]!r:.60}.") from None
    try:
        return replace(usual, **wanted)
    except TypeError as error:
        raise UsageError(f"There is no such option: {error}.") from error


def _shape_of(schema: Mapping[str, Any] | type[Any]) -> Shape:
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


def _gathered(events: Sequence[EngineEvent]) -> Reply:
    return Reply(
        text="".join(event.text for event in events if isinstance(event, TextDelta)),
        thought="".join(event.text for event in events if isinstance(event, ThoughtDelta)),
        tool_calls=tuple(event for event in events if isinstance(event, ToolCall)),
        receipt=next((e.receipt for e in events if isinstance(e, Finished)), Receipt()),
        notices=tuple(event for event in events if isinstance(event, Notice)),
    )
