"""Boxes, points and labels can be seen on pictures of any size and any background."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pil

from edgeomni.values import Box, Image, Point
from edgeomni.vision import lettering
from edgeomni.vision.client import EyesWorker
from edgeomni.vision.draw import drawn

BACKGROUNDS = [(255, 255, 255), (0, 0, 0), (128, 128, 128), (230, 159, 0), (0, 114, 178)]


def plain(width: int, height: int, colour: tuple[int, int, int] = (255, 255, 255)) -> Image:
    return Image(bytes(colour) * (width * height), width, height)


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(pil.open(BytesIO(png)).convert("RGB"), dtype=np.int16)


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    """WCAG's contrast ratio, from 1 to 21."""
    lights = sorted(float((c / 255) ** 2.2 @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def test_the_picture_keeps_its_size_and_what_is_outside_of_the_marks() -> None:
    seen = pixels(drawn(plain(800, 600), [Box("cup", 300, 200, 500, 400)]))
    assert seen.shape == (600, 800, 3)
    assert (seen[500:, 600:] == 255).all()
    assert (seen[220:380, 320:480] == 255).all()


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_every_edge_of_a_box_stands_out_from_its_background(
    background: tuple[int, int, int],
) -> None:
    seen = pixels(drawn(plain(800, 600, background), [Box("", 300, 200, 500, 400)]))
    for strip in (seen[300, 290:310], seen[300, 490:510], seen[190:210, 400], seen[390:410, 400]):
        assert max(contrast(pixel, np.array(background)) for pixel in strip) > 2.5


@pytest.mark.parametrize("colour", range(7))
def test_letters_stand_out_from_their_chips(colour: int) -> None:
    marks = [Box(f"label {i}", 10, 40 + 80 * i, 60, 90 + 80 * i) for i in range(colour + 1)]
    seen = pixels(drawn(plain(800, 640), marks))
    chip = seen[40 + 80 * colour - 18 : 40 + 80 * colour - 3, 14:60]
    colours, counts = np.unique(chip.reshape(-1, 3), axis=0, return_counts=True)
    common = colours[np.argsort(counts)[::-1]]
    assert max(contrast(common[0], other) for other in common[1:4]) > 4.5


def test_a_tiny_picture_is_enlarged_until_labels_can_be_read() -> None:
    seen = pixels(drawn(plain(32, 16), [Box("cup", 8, 4, 24, 12)]))
    assert seen.shape == (320, 640, 3)
    assert (seen != 255).any(axis=2)[:, 160].sum() > 100


def test_lines_grow_with_the_picture() -> None:
    def ink(side: int) -> int:
        box = Box("", side / 4, side / 4, side * 3 / 4, side * 3 / 4)
        row = pixels(drawn(plain(side, side), [box]))[side // 2]
        return int((row != 255).any(axis=1).sum())

    assert ink(4000) > 3 * ink(800)


def test_labels_keep_out_of_each_others_way() -> None:
    marks = [Box(name, 300, 300, 500, 500) for name in ("cup", "saucer", "spoon")]
    seen = pixels(drawn(plain(800, 800), marks))
    chips = [(230, 159, 0), (86, 180, 233), (0, 158, 115)]
    areas = [int((seen == chip).all(axis=2).sum()) for chip in chips]
    assert min(areas[:2]) > 300  # their boxes are hidden below the last one: these are the chips


def test_marks_at_the_very_edge_stay_in_the_picture() -> None:
    marks = [Box("everything there is to see", 0, 0, 640, 640), Point("corner", 640, 640)]
    seen = pixels(drawn(plain(640, 640), marks))
    assert (seen[:, :6] != 255).any(axis=2).all(axis=0).any()
    assert (seen[:, -6:] != 255).any(axis=2).all(axis=0).any()


@pytest.mark.slow  # a label of many thousand characters
def test_a_label_longer_than_the_picture_is_cut() -> None:
    drawn(plain(700, 50), [Box("word " * 500, 10, 10, 50, 40)])


@pytest.mark.parametrize("label", ["", "\x1b[31mred\x00", "日本語", "é" * 30, "a\nb"])
def test_any_label_can_be_drawn(label: str) -> None:
    pixels(drawn(plain(300, 200), [Box(label, 10, 10, 50, 40), Point(label, 100, 100)]))


def test_a_label_that_no_font_can_write_is_written_without_its_accents(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lettering, "_SYSTEM", ())
    assert lettering.lettered("Öl & Käse", 20)[0] == "Ol & Kase"
    assert lettering.lettered("日本", 20)[0] == "??"


def test_a_point_is_a_spot_with_an_edge() -> None:
    seen = pixels(drawn(plain(800, 600), [Point("", 400, 300)]))
    assert tuple(seen[300, 400]) == (255, 255, 255)
    assert (seen[300, 380:420] != 255).any()


def test_the_worker_draws_on_what_it_is_given(tmp_path: Path) -> None:
    marks = [Box("cup", 300, 200, 500, 400), Point("handle", 600, 300)]
    eyes = EyesWorker(tmp_path / "eyes.log")
    try:
        assert eyes.draw(plain(800, 600), marks) == drawn(plain(800, 600), marks)
    finally:
        eyes.close()


def test_the_same_label_has_the_same_colour() -> None:
    boxes = [Box("cup", 100, 100, 200, 200), Box("cup", 400, 400, 500, 500)]
    seen = pixels(drawn(plain(800, 600), boxes))
    assert {tuple(seen[150, 100]), tuple(seen[450, 400])} == {(230, 159, 0)}
