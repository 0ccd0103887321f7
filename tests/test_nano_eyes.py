"""What the default model sees, through the whole program: colours and sides must be right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image as pil
from PIL import ImageOps

from edgeomni import Assistant, paths
from edgeomni.values import Reply

pytestmark = [pytest.mark.models, pytest.mark.engine]
QUESTION = "What is in the picture?"
EXIF_ORIENTATION = 0x0112
TURNED_RIGHT = 6
"""EXIF: the camera was turned; the rows have to be turned by 90 degrees to stand upright."""


@pytest.fixture(scope="module")
def assistant() -> Iterator[Assistant]:
    if paths.shipped("nano/mmproj-nano-vision.gguf") is None:
        pytest.skip("the eyes of the default model are not there")
    with Assistant("nano", temperature=0.0, device="cpu") as made:
        yield made


@pytest.fixture
def picture() -> pil.Image:
    path = paths.shipped("media/red-circle.png")
    assert path is not None
    return pil.open(path).convert("RGB")


@pytest.fixture
def pair() -> pil.Image:
    path = paths.shipped("media/square-and-heart.png")
    assert path is not None
    return pil.open(path).convert("RGB")


def asked(assistant: Assistant, file: Path, question: str = QUESTION) -> Reply:
    assistant.clear()
    return assistant.ask(question, file, max_tokens=32)


def saved(picture: pil.Image, path: Path, **how: object) -> Path:
    picture.save(path, **how)  # type: ignore[arg-type]
    return path


def test_the_shipped_picture_is_described(assistant, picture, tmp_path) -> None:
    said = asked(assistant, saved(picture, tmp_path / "a.png")).text
    assert "red" in said and "circle" in said and "white" in said


def test_a_second_question_encodes_nothing(assistant, picture, tmp_path) -> None:
    first = asked(assistant, saved(picture, tmp_path / "a.png"))
    second = assistant.ask("What is the colour of the background?", max_tokens=16)
    assert (first.receipt.media_items, second.receipt.media_encodes) == (1, 0)
    assert "white" in second.text


def test_red_and_blue_are_not_mixed_up(assistant, picture, tmp_path) -> None:
    red, green, blue = picture.split()
    swapped = pil.merge("RGB", (blue, green, red))
    said = asked(assistant, saved(swapped, tmp_path / "a.png")).text
    assert "blue circle" in said and "red" not in said


@pytest.mark.parametrize("mode", ["P", "CMYK", "RGBA"])
def test_however_colours_are_stored_they_are_the_same(assistant, picture, tmp_path, mode) -> None:
    name = "a.jpg" if mode == "CMYK" else "a.png"
    said = asked(assistant, saved(picture.convert(mode), tmp_path / name)).text
    assert "red" in said and "circle" in said


def test_without_colour_nothing_is_red(assistant, picture, tmp_path) -> None:
    said = asked(assistant, saved(picture.convert("L"), tmp_path / "a.png")).text
    assert "red" not in said


def test_left_and_right_are_what_they_are(assistant, pair, tmp_path) -> None:
    plain = asked(assistant, saved(pair, tmp_path / "a.png")).text
    mirrored = asked(assistant, saved(ImageOps.mirror(pair), tmp_path / "b.png")).text
    assert "blue square left of a red heart" in plain
    assert "red heart left of a blue square" in mirrored


def test_what_was_right_is_above_when_a_picture_is_turned(assistant, pair, tmp_path) -> None:
    """What the heart is called when it lies on its side is another matter."""
    turned = asked(assistant, saved(pair.rotate(90, expand=True), tmp_path / "b.png")).text
    assert turned.startswith("A red") and "above a blue square" in turned


def test_things_are_counted(assistant, tmp_path) -> None:
    path = paths.shipped("media/three-stars.png")
    assert path is not None
    assert "Three yellow stars" in asked(assistant, path).text
    assert asked(assistant, path, "Are there two stars?").text.startswith("No")
    assert asked(assistant, path, "Are there three stars?").text.startswith("Yes")


def test_a_picture_that_says_how_it_was_held_is_seen_upright(assistant, pair, tmp_path) -> None:
    exif = pil.Exif()
    exif[EXIF_ORIENTATION] = TURNED_RIGHT
    held = saved(pair.rotate(90, expand=True), tmp_path / "held.png", exif=exif)
    plain = asked(assistant, saved(pair, tmp_path / "a.png")).text
    assert asked(assistant, held).text == plain
