"""Read a PDF page by page: a picture of each, and its text layer in reading order."""

from __future__ import annotations

import ctypes
import math
import os
import re
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any
from unicodedata import category

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from edgeomni.errors import MediaError
from edgeomni.values import Fit
from edgeomni.vision.reading_order import Line, in_reading_order, turned
from edgeomni.vision.signature import HEAD, other_kind
from edgeomni.vision.source import open_regular, refusal

_MARK = b"%PDF-"
_MARK_WITHIN = 1024
"""Bytes: other things may stand before the mark, and readers have always let them."""
_HYPHENATED = re.compile("\x02(\\w?)")
"""What PDFium writes for a hyphen at the end of a line, between the halves of a word."""
_NOT_TEXT = ("Cc", "Cn", "Co", "Cs")
"""Unicode categories: controls, and what no font outside the document knows."""
_DAMAGED = (pdfium.PdfiumError, ValueError, LookupError, OverflowError, ctypes.ArgumentError)


@dataclass(frozen=True, slots=True)
class PdfLimits:
    file_bytes: int = 256 << 20
    pixels: int = 16_000_000
    """Of one picture, whatever was asked for."""
    points_to_pixels: float = 4.0
    """A small page is shown no larger than at 288 pixels an inch."""
    seconds: float = 20.0
    """For drawing one page."""
    characters: int = 200_000
    """Of one page."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A page as pixels: rows from the top, R, G, B, no padding."""

    width: int
    height: int
    pixels: bytes


def page_count(path: Path, limits: PdfLimits) -> int:
    """How many pages the document says it has. Raises MediaError."""
    return len(_open(path, limits))


def read_page(
    path: Path, number: int, fit: Fit | None, limits: PdfLimits
) -> tuple[Drawing | None, str]:
    """The picture, unless ``fit`` is None, and the text of one page, from 1. Raises MediaError."""
    document = _open(path, limits)
    try:
        with closing(document[number - 1]) as page:
            text = _text(page, limits)
            return (
                _draw(page, _scale(page.get_size(), fit, limits), limits) if fit else None
            ), text
    except TimeoutError as error:
        happened = f"Page {number} of {path.name} takes over {limits.seconds:g} s to draw."
        raise refusal(happened, "Leave this page out.") from error
    except _DAMAGED as error:
        happened = f"Page {number} of {path.name} is damaged and cannot be shown."
        raise refusal(happened, "Leave this page out, or download the document again.") from error
    except MemoryError as error:
        happened = f"Page {number} of {path.name} needs more memory than a page may have."
        raise refusal(happened, "Leave this page out.") from error


# ── the document ─────────────────────────────────────────────────────────────────────────────────


def _open(path: Path, limits: PdfLimits) -> Any:
    with open_regular(path, limits.file_bytes) as file:
        head = file.read(_MARK_WITHIN)
        found = os.fstat(file.fileno())
    if _MARK not in head:
        raise _no_pdf(path.name, head)
    return _opened(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=1)
def _opened(path: Path, changed: int, size: int) -> Any:
    """The one document that is kept open between two pages; another one closes it."""
    try:
        document = pdfium.PdfDocument(path)
        document.init_forms()  # what was typed into a form is drawn too
    except pdfium.PdfiumError as error:
        raise _not_opened(path.name, error.err_code) from error
    return document


def _no_pdf(name: str, head: bytes) -> MediaError:
    what = other_kind(head[:HEAD])
    happened = f"{name} is {what}, not a PDF document." if what else f"{name} is no PDF document."
    return refusal(happened, "Save or print it as PDF.")


def _not_opened(name: str, code: int | None) -> MediaError:
    if code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
        remedy = "Open it in a viewer with its password, and print it to a new PDF."
        return refusal(f"{name} is locked with a password.", remedy)
    happened = f"{name} is damaged or cut short and cannot be opened."
    return refusal(happened, "Copy or download it again, or open it in a viewer and print it.")


# ── the picture ──────────────────────────────────────────────────────────────────────────────────


def _scale(points: tuple[float, float], fit: Fit, limits: PdfLimits) -> float:
    """Pixels per point: as large as ``fit`` and the limits allow. Raises ValueError."""
    width, height = points
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise ValueError("a page without a size")
    pixels = min(fit.pixels or limits.pixels, limits.pixels)
    scale = min(limits.points_to_pixels, math.sqrt(pixels / (width * height)))
    longest = fit.side or limits.pixels
    # A page as thin as a thread is a pixel wide all the same, and so may not be endlessly long.
    return min(scale, longest / max(points), limits.pixels / max(points))


def _draw(page: Any, scale: float, limits: PdfLimits) -> Drawing:
    width, height = (max(1, math.floor(points * scale)) for points in page.get_size())
    bitmap = pdfium.PdfBitmap.new_native(width, height, raw.FPDFBitmap_BGR)
    with closing(bitmap):
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
        flags = raw.FPDF_ANNOT | raw.FPDF_REVERSE_BYTE_ORDER
        place = (bitmap, page, 0, 0, width, height, 0, flags)
        _render(place, time.monotonic() + limits.seconds)
        if page.formenv:
            raw.FPDF_FFLDraw(page.formenv, *place)
        return Drawing(width, height, bytes(bitmap.buffer))


def _render(place: tuple[Any, ...], deadline: float) -> None:
    """Raises TimeoutError; PDFium asks between two objects of a page whether it should stop."""
    pause = raw.IFSDK_PAUSE(version=1)
    ask = type(pause.NeedToPauseNow)
    pause.NeedToPauseNow = ask(lambda _: time.monotonic() > deadline)
    status = raw.FPDF_RenderPageBitmap_Start(*place, pause)
    raw.FPDF_RenderPage_Close(place[1])
    if status == raw.FPDF_RENDER_TOBECONTINUED:
        raise TimeoutError
    if status != raw.FPDF_RENDER_DONE:
        raise ValueError("it could not be drawn")


# ── the text ─────────────────────────────────────────────────────────────────────────────────────


def _text(page: Any, limits: PdfLimits) -> str:
    turn = page.get_rotation()
    with closing(page.get_textpage()) as text:
        lines = [turned(line, turn) for line in _lines(text, limits.characters)]
    return "\n".join(line.text for line in in_reading_order(lines))


def _lines(text: Any, most: int) -> Iterator[Line]:
    """In the order in which the page was written, where PDFium saw their ends."""
    count = min(text.count_chars(), most)
    codes = [raw.FPDFText_GetUnicode(text, index) for index in range(count)]
    for is_end, run in groupby(range(count), lambda index: codes[index] in (0x0A, 0x0D)):
        indices = [] if is_end else list(run)
        boxes = [_box(text, index) for index in indices if codes[index] > 0x20]
        if boxes:
            yield Line(
                _written(codes[index] for index in indices),
                min(box.left for box in boxes),
                min(box.bottom for box in boxes),
                max(box.right for box in boxes),
                max(box.top for box in boxes),
            )


def _box(text: Any, index: int) -> Any:
    """Of one character, as high as its font."""
    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(text, index, box)
    return box


def _written(codes: Iterator[int]) -> str:
    """Text from code points, or from the halves of such, without what cannot be shown."""
    letters = "".join(chr(code) for code in codes if code < 0x110000)
    joined = letters.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    whole = _HYPHENATED.sub(lambda at: at[1] if at[1].islower() else f"-{at[1]}", joined)
    return "".join(letter for letter in whole if category(letter) not in _NOT_TEXT).strip()
