"""Frames: what goes in comes out, and nothing but a frame comes in."""

from __future__ import annotations

import io
import struct
import tracemalloc

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeomni.process import wire

ids = st.integers(0, (1 << 62) - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 64) - 1) | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=10,
)
maps = st.dictionaries(texts, values, max_size=5)
buffers = st.lists(st.binary(max_size=300), max_size=5)
frames = st.one_of(
    st.builds(wire.Hello, texts, texts, ids),
    st.builds(wire.Request, ids, texts, maps, buffers),
    st.builds(wire.Event, ids, maps, buffers),
    st.builds(wire.Reply, ids, maps, buffers),
    st.builds(wire.Failure, ids, texts, texts, texts, texts),
    st.builds(wire.CancelJob, ids),
    st.builds(wire.Ping, ids),
    st.builds(wire.Pong, ids),
)


def packed(frame: wire.Frame) -> bytes:
    return b"".join(bytes(chunk) for chunk in wire.pack(frame))


def header(value: object) -> bytes:
    data = msgpack.packb(value)
    return struct.pack("<4sII", wire.MAGIC, len(data), 0) + data


class Trickle(io.RawIOBase):
    """A pipe that gives one byte at a time."""

    def __init__(self, data: bytes) -> None:
        self._rest = io.BytesIO(data)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._rest.readinto(buffer[:1])


@given(st.lists(frames, max_size=4))
def test_frames_come_out_as_they_went_in(sent: list[wire.Frame]) -> None:
    stream = io.BytesIO(b"".join(map(packed, sent)))
    received = [wire.read(stream) for _ in sent]
    # NaN is unequal to itself; the bytes are not.
    assert [packed(frame) for frame in received if frame] == [packed(frame) for frame in sent]
    assert [type(frame) for frame in received] == [type(frame) for frame in sent]
    assert wire.read(stream) is None


def test_a_frame_may_arrive_byte_by_byte() -> None:
    frame = wire.Reply(7, {"text": "é"}, [b"abc", b"", b"d"])
    assert wire.read(Trickle(packed(frame))) == frame


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    refuse_or_read(noise)


@given(st.binary(max_size=100), st.integers(0, 300), st.integers(0, 3))
def test_noise_behind_a_good_prefix_is_refused(noise: bytes, length: int, count: int) -> None:
    refuse_or_read(struct.pack("<4sII", wire.MAGIC, length, count) + noise)


@given(frames, st.data())
def test_a_damaged_frame_is_refused_or_still_a_frame(
    frame: wire.Frame, data: st.DataObject
) -> None:
    good = bytearray(packed(frame))
    place = data.draw(st.integers(0, len(good) - 1))
    good[place] ^= data.draw(st.integers(1, 255))
    refuse_or_read(bytes(good))


def refuse_or_read(data: bytes) -> None:
    try:
        frame = wire.read(io.BytesIO(data))
    except wire.WireError:
        return
    assert frame is None or isinstance(frame, wire.Frame)


@given(frames, st.data())
def test_a_cut_frame_is_truncated(frame: wire.Frame, data: st.DataObject) -> None:
    whole = packed(frame)
    cut = data.draw(st.integers(1, len(whole) - 1))
    with pytest.raises(wire.Truncated):
        wire.read(io.BytesIO(whole[:cut]))


@pytest.mark.parametrize(
    "prefix",
    [
        struct.pack("<4sII", wire.MAGIC, wire.MAX_HEADER + 1, 0),
        struct.pack("<4sII", wire.MAGIC, 0xFFFFFFFF, 0xFFFFFFFF),
        struct.pack("<4sII", wire.MAGIC, 1, wire.MAX_BUFFERS + 1),
        struct.pack("<4sIIQ", wire.MAGIC, 1, 1, wire.MAX_BUFFER + 1) + b"\x80",
        struct.pack("<4sIIQQQ", wire.MAGIC, 1, 3, *[wire.MAX_BUFFER] * 3) + b"\x80",
    ],
    ids=["header", "all ones", "count", "buffer", "total"],
)
def test_a_frame_beyond_a_limit_costs_no_memory(prefix: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(wire.WireError, match="limit"):
            wire.read(io.BytesIO(prefix))
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"kind": "pickle"},
        {"kind": ["ping"]},
        {"kind": "ping"},
        {"kind": "ping", "id": "1"},
        {"kind": "ping", "id": True},
        {"kind": "ping", "id": -1},
        {"kind": "ping", "id": 1 << 62},
        {"kind": "ping", "id": 1, "more": 1},
        {"kind": "reply", "id": 1, "data": []},
        {"kind": "reply", "id": 1, "data": {b"key": 1}},
        {"kind": "ping", "id": msgpack.ExtType(1, b"x")},
    ],
    ids=str,
)
def test_a_header_outside_the_schema_is_refused(value: object) -> None:
    with pytest.raises(wire.WireError, match="bad header"):
        wire.read(io.BytesIO(header(value)))


def test_a_ping_takes_no_buffers() -> None:
    data = msgpack.packb({"kind": "ping", "id": 1})
    frame = struct.pack("<4sIIQ", wire.MAGIC, len(data), 1, 1) + data + b"x"
    with pytest.raises(wire.WireError, match="takes no buffers"):
        wire.read(io.BytesIO(frame))


@pytest.mark.parametrize(
    "frame",
    [
        wire.Event(1, {"text": "x" * (wire.MAX_HEADER + 1)}),
        wire.Event(1, {}, [b""] * (wire.MAX_BUFFERS + 1)),
        wire.Event(1, {"text": "\ud800"}),
        wire.Event(1, {"number": 1 << 64}),
    ],
    ids=["long header", "many buffers", "lone surrogate", "large number"],
)
def test_what_could_not_be_read_is_not_written(frame: wire.Frame) -> None:
    with pytest.raises(wire.WireError):
        wire.pack(frame)


def test_large_buffers_are_not_copied_for_writing() -> None:
    picture = bytes(1 << 20)
    chunks = wire.pack(wire.Request(1, "see", {}, [picture]))
    assert isinstance(chunks[1], memoryview)
    assert chunks[1].obj is picture
