"""Row ends that llama.cpp loses come back, and nothing else is glossed over."""

from __future__ import annotations

import numpy as np
import pytest

from edgeomni.engine.media import MediaChunk
from edgeomni.engine.row_ends import mend
from edgeomni.errors import EngineError
from tests.engine.samples import picture

pytestmark = pytest.mark.engine


@pytest.fixture
def encoded(brain):
    """What a tiny model's encoder makes of a picture of 8 by 4 tokens."""

    def encode(name: str) -> np.ndarray:
        encoder, image = brain(name).encoder, picture(128, 64)
        encoder.learn(image)
        (chunk,) = (each for each in encoder.pieces(image.digest) if isinstance(each, MediaChunk))
        encoder.encode(chunk)
        return encoder._embeddings[chunk].copy()

    return encode


@pytest.mark.parametrize("lost", [[8, 17, 26], [17], [8, 26]])
def test_lost_row_ends_are_those_of_the_file(encoded, tiny, lost):
    whole = encoded("pixtral")
    assert len(whole) == 4 * 9 - 1
    broken = whole.copy()
    broken[lost] = np.nan
    mend(broken, tiny("pixtral").mmproj)
    assert np.array_equal(broken, whole)


@pytest.mark.parametrize(("name", "lost"), [("pixtral", [8, 10]), ("qwen25vl", [3])])
def test_what_cannot_be_a_row_end_is_told(encoded, tiny, name, lost):
    broken = encoded(name)
    broken[lost] = np.inf
    with pytest.raises(EngineError, match="not a number") as caught:
        mend(broken, tiny(name).mmproj)
    assert caught.value.code == "evaluation-failed"
