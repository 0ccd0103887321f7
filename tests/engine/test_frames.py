"""Two frames of a film in the room of one, where the family merges them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgeomni.engine.codec import pack_messages, unpack_messages
from edgeomni.engine.media import MediaChunk
from tests.engine.samples import GREEDY, Listener, picture, user

pytestmark = pytest.mark.engine

MERGING = ["qwen25vl", pytest.param("qwen3vl", marks=pytest.mark.slow)]


def pair(first: int = 1, second: int = 2):
    return replace(picture(seed=first), later=picture(seed=second).pixels)


def room(encoder, image) -> int:
    encoder.learn(image)
    pieces = encoder.pieces(image.digest)
    return sum(piece.n_tokens for piece in pieces if isinstance(piece, MediaChunk))


def said(brain, *images) -> str:
    listener = Listener()
    for image in images:
        brain.learn(image)
    brain.answer([user("what is this? ", *images, " say it")], GREEDY, "chat", listener, "")
    return listener.text


@pytest.mark.parametrize("name", MERGING)
def test_two_frames_take_the_room_of_one(brain, name):
    encoder = brain(name).encoder
    assert encoder.merges_frames
    assert room(encoder, pair()) == room(encoder, picture(seed=1))


@pytest.mark.parametrize("name", MERGING)
def test_both_frames_are_seen(brain, name):
    answers = {said(brain(name), pair(*frames)) for frames in ((1, 2), (1, 3), (2, 1))}
    assert len(answers) == 3


@pytest.mark.parametrize("name", MERGING)
def test_a_pair_of_one_frame_is_that_picture(brain, name):
    """Models of this kind read a still picture as two equal frames."""
    assert said(brain(name), pair(1, 1)) == said(brain(name), picture(seed=1))


@pytest.mark.parametrize("name", ["gemma3", "smolvlm", "minicpmv26", "lfm2vl", "ultravox", "llama"])
def test_other_families_do_not_merge(brain, name):
    encoder = brain(name).encoder
    assert encoder is None or not encoder.merges_frames


def test_a_pair_crosses_the_wire_as_it_is():
    packed, buffers = pack_messages([user(pair())], lambda digest: False)
    (message,) = unpack_messages(packed, [memoryview(buffer) for buffer in buffers])
    assert message.media == (pair(),)
    assert message.media[0].digest == pair().digest
