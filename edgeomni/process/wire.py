"""Frames between parent and worker: a schema-checked msgpack header and raw buffers.

    magic 4 | header length 4 | number of buffers 4 | length of each buffer 8 ... | header | buffers

All numbers are little-endian. Every length is checked before a byte is allocated for it, and
nothing that is read is ever executed: no pickle, no extension types.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol

import msgpack

MAGIC = b"EOM1"
MAX_HEADER = 4 << 20
"""Bytes. Text of some 128k tokens fits four times; what is larger belongs into a buffer."""
MAX_BUFFERS = 256
MAX_BUFFER = 256 << 20
"""Bytes of one buffer: a picture of 64 megapixels has 192 MiB."""
MAX_TOTAL = 512 << 20
"""Bytes of one frame, header and buffers together."""

_PREFIX = struct.Struct("<4sII")
_MAX_ITEMS = 1 << 18
_MAX_ID = 1 << 62

Buffer = bytes | bytearray | memoryview


class WireError(Exception):
    """What was read, or was to be written, is not a frame."""


class Truncated(WireError):
    """The stream ended or broke in the middle of a frame."""


class Readable(Protocol):
    def readinto(self, buffer: memoryview, /) -> int | None: ...


class Writable(Protocol):
    def write(self, data: Buffer, /) -> int | None: ...


# ── what a frame can say ─────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Hello:
    """The worker is ready; always its first frame, unless it says with a Failure why it is not."""

    room: str
    version: str
    pid: int


@dataclass(frozen=True, slots=True)
class Request:
    id: int
    method: str
    params: dict[str, Any]
    buffers: Sequence[Buffer] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the caller adds to a request that is worked on."""

    id: int
    data: dict[str, Any]
    buffers: Sequence[Buffer] = ()


@dataclass(frozen=True, slots=True)
class CancelJob:
    id: int


@dataclass(frozen=True, slots=True)
class Ping:
    id: int


@dataclass(frozen=True, slots=True)
class Pong:
    id: int


@dataclass(frozen=True, slots=True)
class Event:
    """Something on the way to the reply."""

    id: int
    data: dict[str, Any]
    buffers: Sequence[Buffer] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """The last frame of a request that succeeded."""

    id: int
    data: dict[str, Any]
    buffers: Sequence[Buffer] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """The last frame of a request that failed; id 0 tells that the room could not be made."""

    id: int
    code: str
    happened: str
    works: str
    remedy: str


Frame = Hello | Request | Note | CancelJob | Ping | Pong | Event | Reply | Failure

_KINDS: dict[str, type[Frame]] = {
    "hello": Hello,
    "request": Request,
    "note": Note,
    "cancel": CancelJob,
    "ping": Ping,
    "pong": Pong,
    "event": Event,
    "reply": Reply,
    "error": Failure,
}
_NAMES = {made: name for name, made in _KINDS.items()}
_TYPES: dict[str, type] = {"int": int, "str": str, "dict[str, Any]": dict}
_SCHEMA: dict[str, dict[str, type]] = {
    kind: {f.name: _TYPES[str(f.type)] for f in fields(made) if f.name != "buffers"}
    for kind, made in _KINDS.items()
}


# ── writing ──────────────────────────────────────────────────────────────────────────────────────


def pack(frame: Frame) -> list[Buffer]:
    """The bytes of a frame, ready to be written in this order. Raises WireError beyond a limit."""
    kind = _NAMES[type(frame)]
    header = _encode({"kind": kind} | {name: getattr(frame, name) for name in _SCHEMA[kind]})
    buffers = [memoryview(buffer).cast("B") for buffer in getattr(frame, "buffers", ())]
    lengths = [len(buffer) for buffer in buffers]
    _check_lengths(len(header), lengths)
    prefix = _PREFIX.pack(MAGIC, len(header), len(lengths))
    return [prefix + struct.pack(f"<{len(lengths)}Q", *lengths) + header, *buffers]


def write(stream: Writable, chunks: Sequence[Buffer]) -> None:
    """Write all of what ``pack`` returned. Raises OSError when nobody reads any more."""
    for chunk in chunks:
        rest = memoryview(chunk)
        while rest:
            rest = rest[stream.write(rest) or 0 :]


def _encode(header: dict[str, Any]) -> bytes:
    try:
        return bytes(msgpack.packb(header))
    except (ValueError, OverflowError) as error:
        raise WireError(f"this cannot be written: {error}") from error


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


def read(stream: Readable) -> Frame | None:
    """The next frame; None when the stream ends between two frames. Raises WireError."""
    prefix = bytearray(_PREFIX.size)
    if not _fill(stream, prefix):
        return None
    magic, header_length, count = _PREFIX.unpack(prefix)
    if magic != MAGIC:
        raise WireError("bad magic: this is not the start of a frame")
    _check_counts(header_length, count)
    lengths = struct.unpack(f"<{count}Q", _take(stream, 8 * count)) if count else ()
    _check_lengths(header_length, lengths)
    make, values = _decode(_take(stream, header_length), count > 0)
    if count:
        values["buffers"] = [memoryview(_take(stream, length)) for length in lengths]
    return make(**values)


def _fill(stream: Readable, target: bytearray) -> bool:
    """False when the stream had already ended; WireError when it ends half-way."""
    rest = memoryview(target)
    while rest:
        try:
            got = stream.readinto(rest)
        except OSError as error:
            raise Truncated(f"the pipe broke: {error}") from error
        if not got:
            if len(rest) == len(target):
                return False
            raise Truncated("the stream ended inside a frame")
        rest = rest[got:]
    return True


def _take(stream: Readable, size: int) -> bytearray:
    target = bytearray(size)
    if not _fill(stream, target):
        raise Truncated("the stream ended inside a frame")
    return target


def _decode(header: bytearray, has_buffers: bool) -> tuple[Callable[..., Frame], dict[str, Any]]:
    try:
        values = msgpack.unpackb(
            header,
            raw=False,
            strict_map_key=True,
            max_str_len=MAX_HEADER,
            max_bin_len=MAX_HEADER,
            max_array_len=_MAX_ITEMS,
            max_map_len=_MAX_ITEMS,
            max_ext_len=0,
        )
    except (ValueError, msgpack.UnpackException) as error:
        raise WireError(f"bad header: {error or type(error).__name__}") from error
    return _check_schema(values, has_buffers)


# ── limits and schema ────────────────────────────────────────────────────────────────────────────


def _check_counts(header_length: int, count: int) -> None:
    if not 0 < header_length <= MAX_HEADER:
        raise WireError(f"a header of {header_length} bytes; the limit is {MAX_HEADER}")
    if count > MAX_BUFFERS:
        raise WireError(f"{count} buffers; the limit is {MAX_BUFFERS}")


def _check_lengths(header_length: int, lengths: Sequence[int]) -> None:
    _check_counts(header_length, len(lengths))
    if lengths and max(lengths) > MAX_BUFFER:
        raise WireError(f"a buffer of {max(lengths)} bytes; the limit is {MAX_BUFFER}")
    if (total := header_length + sum(lengths)) > MAX_TOTAL:
        raise WireError(f"a frame of {total} bytes; the limit is {MAX_TOTAL}")


def _check_schema(values: Any, has_buffers: bool) -> tuple[Callable[..., Frame], dict[str, Any]]:
    kind = values.pop("kind", None) if type(values) is dict else None
    if type(kind) is not str or kind not in _KINDS:
        raise WireError("bad header: no known kind of frame")
    schema, made = _SCHEMA[kind], _KINDS[kind]
    if values.keys() != schema.keys():
        raise WireError(f"bad header: {kind} with fields {sorted(map(str, values))}"[:200])
    for name, wanted in schema.items():
        if type(values[name]) is not wanted or not _is_sound(values[name]):
            raise WireError(f"bad header: {kind}.{name} is not a sound {wanted.__name__}")
    if has_buffers and made not in (Request, Note, Event, Reply):
        raise WireError(f"bad header: {kind} takes no buffers")
    return made, values


def _is_sound(value: Any) -> bool:
    if type(value) is dict:
        return all(type(key) is str for key in value)
    return type(value) is not int or 0 <= value < _MAX_ID
