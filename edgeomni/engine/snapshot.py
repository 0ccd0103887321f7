"""A lane on disk: the KV cache with the list of what is in it.

File: a head (magic, sums, sizes), a msgpack header, then raw states, mapped and never copied: a
restored conversation of 12 MB has to be there within milliseconds. The list has digests for media,
so a conversation with pictures comes back without encoding them again. The sums find accidents, not
malice: a worker that a forged state brings down is replaced.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import msgpack
import numpy as np

from edgeomni.engine.brain import Brain
from edgeomni.engine.prefix import Checkpoint, Item, MediaChunk, cells
from edgeomni.errors import InputError
from edgeomni.regular import write_whole
from edgeomni.values import Lane

_MAGIC = b"EOMNIKV2"
_HEAD = struct.Struct("<8sIIQQ")
"""Magic, length of the header, its CRC-32, length of the states, their sum."""
_KEYS = {"model", "items", "spoken", "media", "state", "checkpoints"}
_SAMPLES, _SAMPLE_BYTES = 32, 4096


def save(brain: Brain, lane: Lane, path: Path) -> int:
    """Write atomically; returns the tokens saved."""
    target = brain.lanes[lane]
    state = brain.context.state(target.seq, partial=False)
    points = target.checkpoints[-1:]
    header = msgpack.packb(
        {
            "model": _fingerprint(brain),
            "items": [_pack_item(item) for item in target.items],
            "spoken": [[text, list(ids)] for text, ids in brain.tokenizer.spoken.items()],
            "media": _pack_media(brain, target.items),
            "state": len(state),
            "checkpoints": [[p.length, p.position, len(p.state)] for p in points],
        }
    )
    header += b"\0" * (-(len(header) + _HEAD.size) % 8)  # the sum takes words
    states = b"".join((state, *(point.state for point in points)))
    head = _HEAD.pack(_MAGIC, len(header), zlib.crc32(header), len(states), _sum(states))
    try:
        write_whole(path, [head, header, states], mode=0o600)
    except OSError as error:
        raise InputError(
            f"The state of the conversation cannot be saved: {error.strerror}.",
            works="The conversation itself goes on; later it is read anew.",
            remedy=f"Make room in {path.parent}, or choose another folder.",
            code="not-saved",
        ) from error
    return cells(target.items)


def restore(brain: Brain, lane: Lane, path: Path) -> int:
    """Raises InputError for a damaged file and for one of another model; the lane is then empty."""
    data = _map(path)
    header, states = _read(path, data)
    if header["model"] != _fingerprint(brain):
        raise _refused(path, "belongs to another model")
    items = [_unpack_item(each) for each in header["items"]]
    if cells(items) > brain.config.limit(lane):
        raise _refused(path, "needs a larger context than this one")
    target = brain.lanes[lane]
    target.forget()
    _unpack_media(brain, header["media"])
    at = header["state"]
    if not brain.context.set_state(target.seq, states[:at], partial=False):
        target.forget()
        raise _refused(path, "does not fit this context")
    points = []
    for length, position, size in header["checkpoints"]:
        points.append(Checkpoint(length, position, bytes(states[at : at + size])))
        at += size
    target.hold(items, points)
    for text, ids in header["spoken"]:
        brain.tokenizer.spoken.remember(text, ids)
    return cells(items)


def _map(path: Path) -> memoryview:
    """The file's bytes; writable because ctypes asks for it, but private to this process."""
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size < _HEAD.size:
                raise _refused(path, "is not a saved conversation state")
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}.") from error


def _read(path: Path, data: memoryview) -> tuple[dict[str, Any], memoryview]:
    magic, length, crc, size, total = _HEAD.unpack_from(data)
    if magic != _MAGIC:
        raise _refused(path, "is not a saved conversation state")
    middle = _HEAD.size + length
    packed, states = data[_HEAD.size : middle], data[middle:]
    if len(states) != size or zlib.crc32(packed) != crc or _sum(states) != total:
        raise _refused(path, "is damaged")
    unpacker = msgpack.Unpacker(max_buffer_size=length)
    unpacker.feed(packed)
    header = unpacker.unpack()
    if not isinstance(header, dict) or set(header) != _KEYS:
        raise _refused(path, "was written by another version")
    return header, states


def _sum(data: bytes | memoryview) -> int:
    """Of 64-bit words and the rest: an eighth of a CRC's time, and no single error escapes it."""
    words = len(data) // 8
    total = int(np.frombuffer(data, np.uint64, words).sum()) if words else 0
    return (total + zlib.crc32(data[words * 8 :])) % (1 << 64)


def _refused(path: Path, why: str) -> InputError:
    return InputError(
        f"{path.name} {why}.",
        works="The conversation can go on: it is only read anew.",
        code="bad-snapshot",
    )


def _fingerprint(brain: Brain) -> list[Any]:
    """Tells models apart, even finetunes of one shape, without reading gigabytes."""
    files = [_sampled(path) for path in (brain.config.model, brain.config.mmproj) if path]
    return [*files, brain.config.image_min_tokens, brain.config.image_max_tokens]


def _sampled(path: Path) -> str:
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with open(path, "rb") as file:
        for index in range(_SAMPLES):
            file.seek(size * index // _SAMPLES)
            digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()


def _pack_item(item: Item) -> Any:
    if isinstance(item, MediaChunk):
        return [item.digest, item.ordinal, item.n_tokens, item.n_pos]
    return item


def _unpack_item(data: Any) -> Item:
    return data if isinstance(data, int) else MediaChunk(*data)


def _pack_media(brain: Brain, items: list[Item]) -> dict[str, list[Any]]:
    """How each medium is laid out in a prompt, so that its pixels are not needed to name it."""
    digests = {item.digest for item in items if isinstance(item, MediaChunk)}
    if brain.encoder is None:
        return {}
    return {
        digest: [
            _pack_item(piece) if isinstance(piece, MediaChunk) else {"text": list(piece)}
            for piece in brain.encoder.pieces(digest)
        ]
        for digest in digests
    }


def _unpack_media(brain: Brain, data: dict[str, list[Any]]) -> None:
    if brain.encoder is None:
        return
    for digest, pieces in data.items():
        brain.encoder.recall(
            digest,
            tuple(
                tuple(piece["text"]) if isinstance(piece, dict) else MediaChunk(*piece)
                for piece in pieces
            ),
        )
