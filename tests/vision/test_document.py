"""Documents become pictures and text page by page; what cannot be read is refused in words."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from edgeomni.errors import MediaError
from edgeomni.values import Fit
from edgeomni.vision.document import Drawing, PdfLimits, page_count, read_page
from tests.vision.pdf import LOCKED, Sheet, box, pdf, words

LIMITS = PdfLimits()
RED, WHITE = (255, 0, 0), (255, 255, 255)
HELLO = Sheet(words(("Hello there.", 50, 700), ("Second line.", 50, 680)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "report.pdf"


def read(path: Path, data: bytes, number: int = 1, **more: object) -> tuple[Drawing, str]:
    path.write_bytes(data)
    drawing, text = read_page(path, number, more.get("fit", Fit(side=600)), LIMITS)
    assert drawing is not None
    return drawing, text


def pixel(drawing: Drawing, x: int, y: int) -> tuple[int, ...]:
    start = 3 * (y * drawing.width + x)
    return tuple(drawing.pixels[start : start + 3])


def refused(path: Path, data: bytes, limits: PdfLimits = LIMITS) -> MediaError:
    path.write_bytes(data)
    with pytest.raises(MediaError) as caught:
        read_page(path, page_count(path, limits), Fit(side=600), limits)
    assert caught.value.works and caught.value.remedy
    assert "report.pdf" in caught.value.happened
    return caught.value


# ── what is seen ─────────────────────────────────────────────────────────────────────────────────


def test_a_page_is_drawn_upright_in_its_colours(path):
    drawing, _ = read(path, pdf([Sheet(box(1, 0, 0, 0, 742, 100, 100))]))
    assert (drawing.width, drawing.height) == (423, 600)
    assert pixel(drawing, 10, 10) == RED
    assert pixel(drawing, 400, 590) == WHITE


@pytest.mark.parametrize(
    ("fit", "size"),
    [
        (Fit(side=1000), (706, 1000)),
        (Fit(pixels=250_000), (420, 594)),
        (Fit(), (2380, 3368)),
        (Fit(side=100_000), (2380, 3368)),
    ],
)
def test_a_page_is_as_large_as_wanted_but_not_without_end(path, fit, size):
    drawing, _ = read(path, pdf([HELLO]), fit=fit)
    assert (drawing.width, drawing.height) == size
    assert len(drawing.pixels) == 3 * size[0] * size[1]


def test_a_turned_page_is_shown_turned(path):
    drawing, _ = read(path, pdf([Sheet(box(1, 0, 0, 0, 742, 100, 100), extra="/Rotate 90")]))
    assert drawing.width > drawing.height
    assert pixel(drawing, drawing.width - 10, 10) == RED


def test_letters_are_drawn(path):
    drawing, _ = read(path, pdf([HELLO]))
    assert min(drawing.pixels) < 64


def test_the_page_that_was_asked_for_is_read(path):
    data = pdf([Sheet(words((f"This is page {n}.", 50, 700))) for n in range(1, 4)])
    path.write_bytes(data)
    assert page_count(path, LIMITS) == 3
    assert [read(path, data, n)[1] for n in (2, 1, 3)] == [
        "This is page 2.",
        "This is page 1.",
        "This is page 3.",
    ]


def test_the_text_can_be_had_without_the_picture(path):
    path.write_bytes(pdf([HELLO]))
    assert read_page(path, 1, None, LIMITS) == (None, "Hello there.\nSecond line.")


def test_a_document_that_was_changed_is_read_anew(path):
    assert read(path, pdf([Sheet(words(("Old.", 50, 700)))]))[1] == "Old."
    assert read(path, pdf([Sheet(words(("New and longer.", 50, 700)))]))[1] == "New and longer."


# ── the text ─────────────────────────────────────────────────────────────────────────────────────


def test_columns_are_read_one_after_the_other_however_they_were_written(path):
    rows = [(f"left {n}", 50, 700 - 20 * n) for n in range(4)]
    rows += [(f"right {n}", 350, 700 - 20 * n) for n in range(4)]
    title = ("A title across both of the columns of this page", 50, 760)
    random.Random(3).shuffle(rows)
    _, text = read(path, pdf([Sheet(words(*rows, title))]))
    lines = text.split("\n")
    assert lines[0].startswith("A title")
    assert lines[1:] == [f"left {n}" for n in range(4)] + [f"right {n}" for n in range(4)]


def test_a_word_that_was_divided_is_whole_again(path):
    lines = ("the inter-", 50, 700), ("national Anglo-", 50, 688), ("Saxon code", 50, 676)
    assert read(path, pdf([Sheet(words(*lines))]))[1] == "the international Anglo-Saxon code"


def test_letters_of_other_alphabets_are_read(path):
    codes = rb"BT /F1 12 Tf 50 700 Td (10\240km \344\366\374 \223q\224 \200) Tj ET"
    assert read(path, pdf([Sheet(codes)]))[1].replace("\u00a0", " ") == "10 km äöü “q” €"


def test_a_scan_has_no_text(path):
    assert read(path, pdf([Sheet(box(1, 0, 0, 0, 0, 100, 100))]))[1] == ""


def test_text_is_bounded(path):
    path.write_bytes(pdf([Sheet(words(*[("word " * 20, 50, 800 - 12 * n) for n in range(50)]))]))
    _, text = read_page(path, 1, None, PdfLimits(characters=1000))
    assert 800 <= len(text) <= 1000


def test_text_holds_nothing_that_commands_a_terminal(path):
    _, text = read(path, pdf([Sheet(rb"BT /F1 12 Tf 50 700 Td (a\033]0;x\007b) Tj ET")]))
    assert text and all(letter.isprintable() for letter in text)


# ── what is refused ──────────────────────────────────────────────────────────────────────────────


def test_a_locked_document_says_what_to_do(path):
    error = refused(path, pdf([HELLO], trailer=LOCKED))
    assert error.happened == "report.pdf is locked with a password."
    assert "print it to a new PDF" in error.remedy


def test_what_is_no_document_is_named(path):
    assert (
        refused(path, b"<!DOCTYPE html><p>").happened
        == "report.pdf is a web page, not a PDF document."
    )
    assert refused(path, b"hello").happened == "report.pdf is no PDF document."


def test_a_document_without_a_body_is_damaged(path):
    assert "is damaged" in refused(path, b"%PDF-1.7\n" + bytes(1000)).happened


def test_a_forged_number_of_pages_ends_with_the_pages_there_are(path):
    data = pdf([HELLO], count=2**31 - 1)
    path.write_bytes(data)
    assert page_count(path, LIMITS) < 2**31
    assert read(path, data)[1] == "Hello there.\nSecond line."


def test_a_file_beyond_the_limit_is_not_opened(path):
    assert "the limit is" in refused(path, pdf([HELLO]), PdfLimits(file_bytes=100)).happened


@pytest.mark.parametrize("size", [(1e-3, 1e-3), (1e9, 1e9), (14400, 1), (0, 0), (-5, 10)])
def test_a_page_of_any_size_costs_no_more_than_the_limit(path, size):
    path.write_bytes(pdf([Sheet(words(("x", 1, 1)), size=size)]))
    try:
        drawing, _ = read_page(path, 1, Fit(), LIMITS)
    except MediaError:
        return
    assert drawing is not None and drawing.width * drawing.height <= LIMITS.pixels


def test_a_page_that_takes_for_ever_is_given_up(path):
    content = b"".join(box(0.5, 0.5, 0.5, n % 500, n % 700, 90, 90) for n in range(20_000))
    error = refused(path, pdf([Sheet(content)]), PdfLimits(seconds=0.001))
    assert error.happened == "Page 1 of report.pdf takes over 0.001 s to draw."


def test_damaged_documents_are_read_or_refused_and_nothing_else(path):
    chance = random.Random(7)
    good = pdf([HELLO, Sheet(box(1, 0, 0, 0, 0, 100, 100))])
    outcomes = set()
    for _ in range(120):
        data = bytearray(good)
        for _ in range(chance.choice((1, 4, 20))):
            data[chance.randrange(9, len(data))] = chance.randrange(256)
        path.write_bytes(data[: chance.choice((len(data), chance.randrange(20, len(data))))])
        try:
            read_page(path, page_count(path, LIMITS), Fit(side=100), LIMITS)
            outcomes.add("read")
        except MediaError:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}
