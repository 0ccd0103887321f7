"""What the border to libmtmd does when a picture is refused or cannot be evaluated."""

from __future__ import annotations

import pytest

from edgeomni.engine import media
from edgeomni.errors import EngineError, MediaError
from tests.engine.samples import picture


def test_a_refused_picture_leaves_nothing_behind(brain, monkeypatch):
    encoder = brain("gemma3").encoder
    made, freed = [], []
    make, free = media.mtmd.mtmd_input_chunks_init, media.mtmd.mtmd_input_chunks_free
    monkeypatch.setattr(
        media.mtmd, "mtmd_input_chunks_init", lambda: made.append(make()) or made[-1]
    )
    monkeypatch.setattr(
        media.mtmd, "mtmd_input_chunks_free", lambda chunks: (freed.append(chunks), free(chunks))
    )
    monkeypatch.setattr(media.mtmd, "mtmd_tokenize_from_parts", lambda *_: 2)
    with pytest.raises(MediaError):
        encoder.learn(picture())
    assert made and made == freed


def test_an_evaluation_that_fails_says_what_to_do(brain):
    with pytest.raises(EngineError, match="code -1") as caught:
        brain("llama").context._check(-1)
    assert caught.value.code == "evaluation-failed"
    assert caught.value.works and "--device cpu" in caught.value.remedy


def test_an_encoder_that_fails_says_what_to_do(brain, monkeypatch):
    encoder = brain("gemma3").encoder
    encoder.learn(picture())
    monkeypatch.setattr(media.mtmd, "mtmd_encode_chunk", lambda *_: 1)
    (chunk,) = (
        piece for piece in encoder.pieces(picture().digest) if isinstance(piece, media.MediaChunk)
    )
    with pytest.raises(EngineError, match="code 1") as caught:
        encoder.encode(chunk)
    assert caught.value.remedy
