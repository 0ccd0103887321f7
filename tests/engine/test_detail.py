"""How closely a model looks: by its family, by what is asked, within what there is."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from edgeomni.engine.config import WATCH_CONTEXT, EngineConfig
from edgeomni.engine.detail import FREE, Range, image_tokens, settled
from edgeomni.engine.gguf import check_header
from edgeomni.engine.media import EncoderSettings, MediaEncoder
from edgeomni.engine.prefix import MediaChunk
from edgeomni.engine.projectors import vision_type
from tests.engine.samples import picture
from tests.tiny.build import SEEING

AMPLE = 100_000
PHOTO = (1600, 1200)
SCALED = {
    *("gemma4", "gemma4unified", "glm4v", "glmocr", "lightonocr", "mistral3", "pixtral"),
    *("qwen25omni", "qwen25vl", "qwen2vl", "qwen35", "qwen3vl", "smolvlm"),
}
"""Tiny models that can be told how closely to look."""


def test_a_family_of_one_size_is_left_alone():
    assert {image_tokens("gemma3", wish, 16) for wish in ("low", "auto", "high")} == {FREE}


def test_fine_print_gets_more_and_a_quick_look_fewer_tokens():
    low, auto, high = (image_tokens("qwen2vl_merger", w, AMPLE) for w in ("low", "auto", "high"))
    assert (low, auto, high) == ((0, 256), (0, 1024), (1024, 4096))


@pytest.mark.parametrize(
    ("kind", "wish", "range_"),
    [
        ("qwen3vl_merger", "high", (500, 500)),
        ("qwen3vl_merger", "low", (0, 256)),
        ("gemma4v", "auto", (280, 280)),
        ("gemma4v", "high", (500, 500)),
        ("pixtral", "auto", (0, 500)),  # left to the model it would take up to 1024
    ],
)
def test_no_more_is_asked_for_than_there_is_room(kind, wish, range_):
    assert image_tokens(kind, wish, 500) == range_


def test_the_room_is_half_of_the_smallest_lane():
    assert EngineConfig(Path("m"), context=6000).picture_cells == 3000
    both = EngineConfig(Path("m"), context=6000, lanes=("chat", "watch"))
    assert both.picture_cells == WATCH_CONTEXT // 2


def test_bounds_given_by_hand_stay():
    config = EngineConfig(Path("m"), detail="low", image_max_tokens=700)
    assert settled(config, "qwen2vl_merger") == config
    told = settled(EngineConfig(Path("m"), detail="low"), "qwen2vl_merger")
    assert (told.image_min_tokens, told.image_max_tokens) == (0, 256)


# ── what the families make of it ─────────────────────────────────────────────────────────────────


@pytest.fixture
def looking(tiny, brain):
    """A tiny model's encoder that was told how many tokens a picture may have."""
    with ExitStack() as open_ones:

        def look(name: str, bounds: Range) -> MediaEncoder:
            settings = EncoderSettings(image_min_tokens=bounds[0], image_max_tokens=bounds[1])
            encoder = MediaEncoder(tiny(name).mmproj, brain(name).model, settings, lambda: False)
            return open_ones.enter_context(closing(encoder))

        yield look


def projector(tiny, name: str) -> str:
    return vision_type(check_header(tiny(name).mmproj))


@pytest.mark.engine
@pytest.mark.parametrize("name", SEEING)
def test_the_type_of_projector_is_read_from_its_file(tiny, name):
    assert (image_tokens(projector(tiny, name), "low", AMPLE) != FREE) == (name in SCALED)


@pytest.mark.engine
@pytest.mark.parametrize("name", ["qwen25vl", "qwen3vl", "glm4v", "pixtral", "gemma4"])
def test_a_closer_look_takes_more_tokens_within_its_range(tiny, looking, name):
    ranges = [image_tokens(projector(tiny, name), wish, AMPLE) for wish in ("low", "auto", "high")]
    taken = [looking(name, bounds).extent(*PHOTO).largest for bounds in ranges]
    assert taken == sorted(set(taken))
    for cells, (fewest, most) in zip(taken, ranges, strict=True):
        assert 0.9 * fewest <= cells <= 1.1 * (most or AMPLE)


@pytest.mark.engine
def test_a_small_picture_is_enlarged_for_fine_print(looking):
    fine = image_tokens("qwen2.5vl_merger", "high", AMPLE)
    assert looking("qwen25vl", FREE).extent(224, 224).largest == 64
    assert looking("qwen25vl", fine).extent(224, 224).largest >= 1024


@pytest.mark.engine
def test_a_quick_look_in_tiles_is_one_tile_and_the_overview(looking):
    one_tile = 4
    assert looking("smolvlm", FREE).extent(*PHOTO).cells == 33
    assert looking("smolvlm", (0, one_tile)).extent(*PHOTO).cells == 2 * one_tile + 6


@pytest.mark.engine
def test_a_bound_would_cost_lfm2_tokens_instead_of_saving_them(looking):
    free, bounded = (looking("lfm2vl", bounds).extent(700, 500) for bounds in (FREE, (0, 64)))
    assert bounded.cells > 2 * free.cells


@pytest.mark.engine
@pytest.mark.parametrize("name", ["gemma3", "internvl", "llava15", "minicpmv26", "dotsocr"])
def test_families_that_are_left_alone_would_not_listen(looking, name):
    assert looking(name, (8, 16)).extent(*PHOTO) == looking(name, FREE).extent(*PHOTO)


@pytest.mark.engine
def test_what_is_asked_of_the_encoder_holds_for_pictures_too(looking):
    encoder = looking("qwen25vl", (0, 16))
    image = picture(400, 300)
    encoder.learn(image)
    (chunk,) = (piece for piece in encoder.pieces(image.digest) if isinstance(piece, MediaChunk))
    assert chunk.n_tokens == encoder.extent(400, 300).largest <= 16
