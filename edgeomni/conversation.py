"""A conversation as one JSON file that can be read back anywhere, pictures and sounds included.

Media travel as base64 of zlib-compressed raw pixels and samples: what the model saw and heard,
not the file it came from, which may have moved or changed.
"""

from __future__ import annotations

import array
import base64
import binascii
import json
import sys
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeomni.errors import InputError
from edgeomni.regular import read_up_to, write_whole
from edgeomni.values import AudioClip, Image, Message, Part, Role, ToolCall

FORMAT = 1
MAX_FILE_BYTES = 256 << 20
MAX_MEDIA_BYTES = 256 << 20
"""Of one picture or sound, unpacked: a small file must not unpack into all memory."""
MAX_ALL_BYTES = 512 << 20
"""Of all pictures and sounds of one conversation together, unpacked."""
_ROLES: tuple[Role, ...] = ("system", "user", "assistant", "tool")


def write(path: Path, history: Sequence[Message], *, system: str) -> None:
    """Write the whole conversation or leave what was there. Raises InputError."""
    whole = {
        "edgeomni": FORMAT,
        "system": system,
        "messages": [_message_out(message) for message in history],
    }
    try:
        write_whole(path, [json.dumps(whole, indent=1).encode()], mode=0o600)
    except (OSError, ValueError) as error:
        raise InputError(
            f"The conversation could not be written to {path}: {_why(error)}.",
            works="It goes on unharmed.",
            remedy="Save it under another name or free some space.",
        ) from error


def read(path: Path) -> tuple[str, tuple[Message, ...]]:
    """Standing instruction and history, as ``write`` got them. Raises InputError."""
    try:
        raw = read_up_to(path, MAX_FILE_BYTES)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {_why(error)}.") from error
    try:
        if raw is None:
            raise ValueError("larger than 256 MiB")
        return _conversation_in(json.loads(raw))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, zlib.error) as error:
        raise InputError(
            f"{path} is not a conversation that edgeomni saved.",
            works="The present conversation goes on.",
            remedy="Give a file that /save has written.",
        ) from error


def _why(error: OSError | ValueError) -> str:
    said = error.strerror if isinstance(error, OSError) else None
    return said or "no file can have that name"


def _conversation_in(whole: Mapping[str, Any]) -> tuple[str, tuple[Message, ...]]:
    if whole["edgeomni"] != FORMAT:
        raise ValueError("another format")
    room = _Room(MAX_ALL_BYTES)
    return _str(whole["system"]), tuple(_message_in(item, room) for item in whole["messages"])


def _message_out(message: Message) -> dict[str, Any]:
    out: dict[str, Any] = {
        "role": message.role,
        "parts": [_part_out(part) for part in message.parts],
    }
    if message.thought:
        out["thought"] = message.thought
    if message.tool_calls:
        out["tool_calls"] = [
            {"id": call.id, "name": call.name, "arguments": dict(call.arguments)}
            for call in message.tool_calls
        ]
    if message.tool_call_id:
        out["tool_call_id"] = message.tool_call_id
    if message.interrupted:
        out["interrupted"] = True
    return out


def _message_in(item: Mapping[str, Any], room: _Room) -> Message:
    calls = [
        ToolCall(_str(call["id"]), _str(call["name"]), dict(call["arguments"]))
        for call in item.get("tool_calls", ())
    ]
    return Message(
        _ROLES[_ROLES.index(item["role"])],
        tuple(_part_in(part, room) for part in item["parts"]),
        thought=_str(item.get("thought", "")),
        tool_calls=tuple(calls),
        tool_call_id=_str(item.get("tool_call_id", "")),
        interrupted=item.get("interrupted", False) is True,
    )


def _part_out(part: Part) -> dict[str, Any]:
    match part:
        case str():
            return {"text": part}
        case Image():
            size = {"width": part.width, "height": part.height}
            later = {"later": _pack(part.later)} if part.later else {}
            return {"image": part.name, **size, "pixels": _pack(part.pixels), **later}
        case AudioClip():
            samples = _little_endian(part.samples)
            return {"audio": part.name, "rate": part.rate, "samples": _pack(samples)}


def _part_in(part: Mapping[str, Any], room: _Room) -> Part:
    if "text" in part:
        return _str(part["text"])
    if "image" in part:
        width, height = _positive(part["width"]), _positive(part["height"])
        pixels = room.unpack(part["pixels"], width * height * 3)
        later = room.unpack(part["later"], width * height * 3) if "later" in part else b""
        return Image(pixels, width, height, _str(part["image"]), later)
    samples = _little_endian(room.unpack(part["samples"], MAX_MEDIA_BYTES))
    return AudioClip(samples, _positive(part["rate"]), name=_str(part["audio"]))


def _pack(raw: bytes) -> str:
    return base64.b64encode(zlib.compress(raw, 6)).decode("ascii")


@dataclass(slots=True)
class _Room:
    """How many bytes of media one conversation may still unpack to."""

    left: int

    def unpack(self, packed: str, limit: int) -> bytes:
        """At most ``limit`` bytes. Raises ValueError, and InputError when there is no room."""
        if limit > MAX_MEDIA_BYTES:
            raise ValueError("too large")
        raw = _inflate(packed, min(limit, self.left) + 1)
        if len(raw) > limit:
            raise ValueError("too large")
        self.left -= len(raw)
        if self.left < 0:
            raise InputError(
                f"The pictures and sounds in that file need more than {MAX_ALL_BYTES >> 20} MiB.",
                works="The present conversation goes on.",
                remedy="Load a conversation with fewer of them.",
            )
        return raw


def _inflate(packed: str, limit: int) -> bytes:
    try:
        squeezed = base64.b64decode(packed, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    return zlib.decompressobj().decompress(squeezed, limit)


def _little_endian(samples: bytes) -> bytes:
    """float32 samples between this machine's byte order and the file's; its own inverse."""
    values = array.array("f")
    values.frombytes(samples)
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def _str(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value


def _positive(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("not a positive whole number")
    return value
