"""Messages, options and events as plain data for the wire between parent and engine worker.

A picture's pixels cross once: messages name media by digest, and only media that the worker has not
seen travel beside them as raw buffers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

import msgpack

from edgeomni.errors import ContextFull, EngineError, SchemaError
from edgeomni.process.wire import MAX_HEADER
from edgeomni.values import (
    AudioClip,
    EngineEvent,
    Image,
    Media,
    Message,
    Notice,
    Options,
    Part,
    TextDelta,
    ThoughtDelta,
    Tool,
    ToolCall,
)

Data = dict[str, Any]
_LONGEST = MAX_HEADER - (256 << 10)
"""Bytes of all texts together; the rest of a frame's header is for options and tools."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A medium that the worker is expected to know already."""

    digest: str
    name: str


# ── messages ─────────────────────────────────────────────────────────────────────────────────────


def pack_messages(
    messages: Sequence[Message], known: Callable[[str], bool]
) -> tuple[list[Data], list[bytes]]:
    """Messages as data, and the raw buffers of media that the worker does not know.

    Raises ContextFull for more text than the wire takes.
    """
    _check_length(messages)
    buffers: list[bytes] = []
    placed: dict[str, int] = {}

    def part(value: Part) -> Data | str:
        if isinstance(value, str):
            return _whole(value)
        data = _media_head(value)
        if not known(value.digest):
            if value.digest not in placed:
                placed[value.digest] = len(buffers)
                buffers.append(_raw(value))
            data["buffer"] = placed[value.digest]
        return data

    packed = [
        {
            "role": message.role,
            "parts": [part(each) for each in message.parts],
            "thought": _whole(message.thought),
            "tool_calls": [_call(call) for call in message.tool_calls],
            "tool_call_id": message.tool_call_id,
        }
        for message in messages
    ]
    return packed, buffers


def _check_length(messages: Sequence[Message]) -> None:
    size = sum(
        len(text.encode(errors="replace"))
        for message in messages
        for text in (*message.parts, message.thought)
        if isinstance(text, str)
    )
    if size > _LONGEST:
        raise ContextFull(
            f"The text is longer than any context: it has {size / (1 << 20):.1f} MiB.",
            works="The conversation so far is kept.",
            remedy=f"Give it less than {_LONGEST / (1 << 20):.1f} MiB, for example in parts.",
        )


def _whole(text: str) -> str:
    """Without lone surrogates, as which a terminal hands over bytes that are no UTF-8."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _raw(media: Media) -> bytes:
    return b"".join(media.frames) if isinstance(media, Image) else media.samples


def _media_head(media: Media) -> Data:
    if isinstance(media, Image):
        return {
            "image": media.digest,
            "width": media.width,
            "height": media.height,
            "name": _whole(media.name),
        }
    return {"audio": media.digest, "rate": media.rate, "name": _whole(media.name)}


def unpack_messages(data: Sequence[Data], buffers: Sequence[memoryview]) -> list[Message]:
    """Media without a buffer come back as ``Ref``, which has what a prompt needs: a digest."""
    return [
        Message(
            each["role"],
            tuple(_part(part, buffers) for part in each["parts"]),
            thought=each["thought"],
            tool_calls=tuple(_uncall(call) for call in each["tool_calls"]),
            tool_call_id=each["tool_call_id"],
        )
        for each in data
    ]


def _part(data: Data | str, buffers: Sequence[memoryview]) -> Part:
    if isinstance(data, str):
        return data
    index = data.get("buffer")
    if index is None:
        return cast(Image, Ref(data.get("image") or data["audio"], data["name"]))
    raw = bytes(buffers[index])
    if "image" in data:
        frame = data["width"] * data["height"] * 3
        return Image(raw[:frame], data["width"], data["height"], data["name"], raw[frame:])
    return AudioClip(raw, data["rate"], data["name"])


def _call(call: ToolCall) -> Data:
    return {"id": call.id, "name": call.name, "arguments": dict(call.arguments)}


def _uncall(data: Mapping[str, Any]) -> ToolCall:
    return ToolCall(data["id"], data["name"], data["arguments"])


# ── options ──────────────────────────────────────────────────────────────────────────────────────


def pack_options(options: Options) -> Data:
    """Raises SchemaError for a schema that holds what no text or number on the wire can be."""
    try:
        msgpack.packb(options.schema)
    except (ValueError, OverflowError, TypeError) as error:
        raise SchemaError(
            f"The schema holds something that cannot be handed over: {error}.",
            works="Without a schema the model answers freely.",
            remedy="Use whole characters, numbers of at most 64 bits and plain JSON values.",
        ) from error
    return asdict(options)


def unpack_options(data: Data) -> Options:
    tools = tuple(Tool(**tool) for tool in data["tools"])
    return Options(**{**data, "tools": tools, "stop": tuple(data["stop"])})


# ── events ───────────────────────────────────────────────────────────────────────────────────────


def pack_event(event: EngineEvent) -> Data:
    match event:
        case TextDelta(text, tokens):
            return {"text": text, "tokens": tokens}
        case ThoughtDelta(text):
            return {"thought": text}
        case ToolCall():
            return {"call": _call(event)}
        case Notice(code, text):
            return {"notice": code, "detail": text}
        case _:
            raise ValueError(f"{type(event).__name__} is not streamed")


def unpack_event(data: Data) -> EngineEvent:
    match data:
        case {"text": str(text), "tokens": int(tokens)}:
            return TextDelta(text, tokens)
        case {"thought": str(text)}:
            return ThoughtDelta(text)
        case {"call": {"id": str(), "name": str(), "arguments": dict()} as call}:
            return _uncall(call)
        case {"notice": str(code), "detail": str(text)}:
            return Notice(code, text)
    raise EngineError("The engine worker sent an event of no known kind.")
