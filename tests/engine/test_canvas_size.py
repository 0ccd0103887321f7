"""The canvas that boxes are counted on has the size that llama.cpp gives it."""

from __future__ import annotations

import pytest

from edgeomni.engine.gguf import read_header
from edgeomni.engine.prefix import MediaChunk
from edgeomni.engine.projectors import vision_type
from edgeomni.values import Image
from edgeomni.vision.canvas import Fitting, canvas_size, fitting_of

pytestmark = pytest.mark.engine
SIZES = ((640, 480), (33, 47), (500, 31), (60, 900), (20, 20), (2100, 1900))


@pytest.mark.parametrize("tokens", [(0, 0), (0, 100), (150, 200), (300, 300)])
@pytest.mark.parametrize("name", ["qwen2vl", "qwen25vl", "qwen3vl", "qwen35", "glm4v", "gemma4"])
def test_llama_cpp_makes_as_many_tokens_of_a_picture(name, tokens, brain, tiny):
    fewest, most = tokens
    encoder = brain(name, image_min_tokens=fewest, image_max_tokens=most).encoder
    header = read_header(tiny(name).mmproj)
    fitting = fitting_of(vision_type(header), header.values, fewest, most)
    for width, height in SIZES:
        picture = Image(bytes(width * height * 3), width, height)
        encoder.learn(picture)
        (chunk,) = (p for p in encoder.pieces(picture.digest) if isinstance(p, MediaChunk))
        across, down = (side // fitting.align for side in canvas_size(width, height, fitting))
        assert chunk.n_tokens == across * down, (width, height)
        if chunk.n_pos != chunk.n_tokens:  # positions in two dimensions: the longer side
            assert chunk.n_pos == max(across, down), (width, height)


def test_gemma_3_sees_a_square(tiny):
    header = read_header(tiny("gemma3").mmproj)
    square = header.values["clip.vision.image_size"]
    assert fitting_of(vision_type(header), header.values) == Fitting(square)


@pytest.mark.parametrize("name", ["internvl", "minicpmv26", "ultravox"])
def test_a_picture_that_is_cut_up_has_no_single_canvas(name, tiny):
    header = read_header(tiny(name).mmproj)
    assert fitting_of(vision_type(header), header.values) is None
