"""Messages, options and events survive the wire, and pixels cross it once."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeomni.engine import codec
from edgeomni.engine.codec import Ref
from edgeomni.errors import ContextFull, EngineError, SchemaError
from edgeomni.process import wire
from edgeomni.values import (
    AudioClip,
    Finished,
    Image,
    Message,
    Notice,
    Options,
    Receipt,
    TextDelta,
    ThoughtDelta,
    Tool,
    ToolCall,
)
from tests.engine.samples import picture, sound, user

NOTHING = frozenset[str]()


def crossed(data):
    """As it arrives on the other side."""
    return msgpack.unpackb(msgpack.packb(data))


def sent(messages, known=NOTHING):
    packed, buffers = codec.pack_messages(messages, known.__contains__)
    return codec.unpack_messages(crossed(packed), [memoryview(b) for b in buffers]), buffers


json = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 60), 1 << 60) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
calls = st.builds(ToolCall, st.text(), st.text(), st.dictionaries(st.text(), json, max_size=3))
images = st.integers(1, 4).flatmap(
    lambda width: st.binary(min_size=width * 6, max_size=width * 6).map(
        lambda pixels: Image(pixels, width, 2, "a")
    )
)
clips = st.binary(min_size=4, max_size=12).map(lambda b: AudioClip(b[: len(b) // 4 * 4], 16_000))
roles = st.sampled_from(["system", "user", "assistant", "tool"])
messages = st.builds(
    Message,
    roles,
    st.lists(st.text() | images | clips, max_size=4).map(tuple),
    thought=st.text(),
    tool_calls=st.lists(calls, max_size=2).map(tuple),
    tool_call_id=st.text(),
)


@given(st.lists(messages, max_size=4))
def test_messages_survive(said):
    assert sent(said)[0] == said


def test_a_medium_that_is_named_twice_crosses_once():
    image = picture()
    back, buffers = sent([user(image, "and", image), user(image)])
    assert len(buffers) == 1
    assert [each for message in back for each in message.media] == [image] * 3


def test_two_media_cross_in_their_order():
    _, buffers = sent([user(picture(seed=1), sound()), user(picture(seed=2))])
    assert buffers == [picture(seed=1).pixels, sound().samples, picture(seed=2).pixels]


def test_a_known_medium_crosses_as_its_name():
    image, clip = picture(), sound()
    back, buffers = sent([user(image, clip, picture(seed=2))], {image.digest, clip.digest})
    assert len(buffers) == 1
    assert back[0].parts[:2] == (Ref(image.digest, image.name), Ref(clip.digest, clip.name))


def test_pictures_of_one_area_and_sounds_of_another_rate_are_not_the_same():
    pixels, samples = bytes(36), bytes(64)
    assert Image(pixels, 3, 4).digest != Image(pixels, 4, 3).digest
    assert AudioClip(samples, 16_000).digest != AudioClip(samples, 24_000).digest


@pytest.mark.parametrize(
    "options",
    [
        Options(),
        Options(temperature=0, seed=7, stop=("a", "b"), thinking=False, overflow="refuse"),
        Options(schema={"type": "object"}, continuation="so far"),
        Options(schema={}, grammar='root ::= "ü"'),
        Options(tools=(Tool("look", "looks", {"type": "object"}), Tool("go", "", {}))),
    ],
)
def test_options_survive(options):
    assert codec.unpack_options(crossed(codec.pack_options(options))) == options


@pytest.mark.parametrize(
    "event",
    [
        TextDelta("é"),
        TextDelta(""),
        ThoughtDelta("hm"),
        ToolCall("1", "look", {"at": ["sea", 1, None]}),
        Notice("trimmed", "the oldest went"),
    ],
)
def test_events_survive(event):
    assert codec.unpack_event(crossed(codec.pack_event(event))) == event


def test_a_receipt_is_no_event_of_the_stream():
    with pytest.raises(ValueError, match="not streamed"):
        codec.pack_event(Finished(Receipt()))


@pytest.mark.parametrize(
    "data", [{}, {"text": 1}, {"call": []}, {"call": {}}, {"notice": "a"}, {"else": "?"}]
)
def test_events_of_no_known_kind_are_refused(data):
    with pytest.raises(EngineError):
        codec.unpack_event(data)


# ── what the wire does not take ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["a" * (4 << 20), "\N{GRINNING FACE}" * (1 << 20)])
def test_a_text_beyond_the_wire_is_longer_than_any_context(text):
    with pytest.raises(ContextFull, match="longer than any context"):
        sent([user(text)])


def test_many_messages_count_together():
    with pytest.raises(ContextFull):
        sent([user("a" * (1 << 20))] * 4)


def test_the_longest_text_that_is_taken_fits_a_frame():
    packed, _ = codec.pack_messages([user("a" * codec._LONGEST)], NOTHING.__contains__)
    params = {"options": codec.pack_options(Options()), "messages": packed}
    assert wire.pack(wire.Request(1, "stream", params))


@pytest.mark.parametrize("value", ["\ud800", 1 << 64, -(1 << 63) - 1, {"a": ["\udfff"]}])
def test_a_schema_that_cannot_be_handed_over_is_refused(value):
    with pytest.raises(SchemaError, match="cannot be handed over"):
        codec.pack_options(Options(schema={"const": value}))


@pytest.mark.parametrize("value", [(1 << 64) - 1, -(1 << 63), "\N{GRINNING FACE}"])
def test_the_largest_values_of_a_schema_are_taken(value):
    data = codec.pack_options(Options(schema={"const": value}))
    assert codec.unpack_options(crossed(data)).schema == {"const": value}


def test_a_name_that_is_no_unicode_can_be_told():
    image = Image(b"\0\0\0", 1, 1, "caf\udce9.png")
    packed, _ = codec.pack_messages([Message("user", (image,))], lambda digest: False)
    assert packed[0]["parts"][0]["name"] == "caf\ufffd.png"
