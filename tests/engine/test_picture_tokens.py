"""The tokens of pictures: as each family's rule has it, and known before anything is encoded."""

from __future__ import annotations

import pytest

from edgeomni.engine.media import Extent
from edgeomni.engine.prefix import MediaChunk
from edgeomni.errors import ContextFull, MediaError
from tests.engine.picture_rules import RULES, Chunk, Part
from tests.engine.samples import GREEDY, Listener, picture, user
from tests.tiny.build import SEEING

pytestmark = pytest.mark.engine

SMALL = {
    "square": (224, 224),
    "wide": (640, 120),
    "tall": (90, 300),
    "tiny": (8, 8),
    "odd": (37, 53),
    "strip": (410, 9),
}
LARGE = {"photo": (4032, 3024), "page": (1240, 1754), "screen": (2560, 1440), "narrow": (5000, 60)}
SIZES = {**SMALL, **LARGE}


def extent(parts: list[Part]) -> Extent:
    chunks = [part if isinstance(part, Chunk) else Chunk(1, 1) for part in parts]
    cells, positions = map(sum, zip(*chunks, strict=True))
    return Extent(cells, positions, max(chunk.cells for chunk in chunks))


def layout(brain, image) -> list[Part]:
    """What the prompt gets for a picture, text tokens spelt out."""
    brain.learn(image)
    parts: list[Part] = []
    for piece in brain.encoder.pieces(image.digest):
        if isinstance(piece, MediaChunk):
            parts.append(Chunk(piece.n_tokens, piece.n_pos))
        else:
            parts += [brain.model.piece(token, special=True).decode() for token in piece]
    return parts


def test_every_family_has_its_rule():
    assert set(RULES) == set(SEEING)


@pytest.mark.parametrize("name", SEEING)
def test_a_pictures_room_is_known_from_its_size(brain, name):
    encoder, rule = brain(name).encoder, RULES[name]
    told = {kind: encoder.extent(*size) for kind, size in SIZES.items()}
    assert told == {kind: extent(rule(*size)) for kind, size in SIZES.items()}


@pytest.mark.parametrize("name", SEEING)
def test_a_picture_is_laid_out_by_its_familys_rule(brain, name):
    brain = brain(name)
    laid = {kind: layout(brain, picture(*size)) for kind, size in SMALL.items()}
    assert laid == {kind: RULES[name](*size) for kind, size in SMALL.items()}


@pytest.mark.parametrize(
    ("size", "fault"),
    [
        ((1, 100), "narrow"),
        ((3000, 10), "narrow"),
        ((0, 0), "narrow"),
        ((-5, -5), "narrow"),
        ((50_000, 50_000), "large"),  # overflows in llama.cpp, which then ends the process
    ],
)
def test_a_size_that_cannot_be_seen_has_no_room(brain, size, fault):
    with pytest.raises(MediaError, match=f"too {fault} to see"):
        brain("internvl").encoder.extent(*size)


@pytest.mark.parametrize("name", ["gemma3", "gemma4", "gemma4unified"])
def test_pictures_that_cannot_be_split_fit_into_a_batch_whatever_their_shape(brain, name):
    """llama.cpp would end the process otherwise."""
    brain = brain(name)
    sides = [round(10 * 1.13**step) for step in range(48)]
    shapes = [(w, h) for w in sides for h in sides if max(w, h) <= 200 * min(w, h)]
    most = max(brain.encoder.extent(*shape).largest for shape in shapes)
    assert 0 < most <= brain.context.shape.n_ubatch


@pytest.mark.slow
def test_the_largest_picture_that_cannot_be_split_is_evaluated(brain):
    brain = brain("gemma4")
    largest = picture(35 * 12, 32 * 12)
    parts = layout(brain, largest)
    assert parts[1] == Chunk(1120, 1120)
    listener = Listener()
    receipt = brain.answer([user(largest, "what is this?")], GREEDY, "chat", listener, "")
    assert receipt.prompt_tokens > 1120 and listener.text


def test_a_picture_that_a_small_context_cannot_hold_is_refused_before_it_is_encoded(brain):
    brain = brain("gemma4", context=512)
    largest = picture(35 * 12, 32 * 12)
    brain.learn(largest)
    with pytest.raises(ContextFull):
        brain.answer([user(largest, "what is this?")], GREEDY, "chat", Listener(), "")
