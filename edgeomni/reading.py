"""Reading mode: which sheets there are to read, what the model is asked about each, and how the
parts of a long picture become one text again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import Field, dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from edgeomni.looking import camera_of, is_document
from edgeomni.ports import Eyes
from edgeomni.settings import Settings
from edgeomni.values import Fit, Image, Notice, Options
from edgeomni.vision.seam import without_repetition

REQUEST = (
    "Write down all text in this picture, in reading order, word for word. "
    "Write tables as Markdown tables. Write nothing else."
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Something to read: a picture, or text that is known already."""

    file: Path
    page: int
    """From 1; 1 for a picture."""
    image: Image | None
    """None where the text is known: from a text layer, or because nothing stands there."""
    text: str = ""
    parts: int = 1
    """Of the picture; of more than one, this is the part of that number."""

    @property
    def is_part(self) -> bool:
        return self.parts > 1

    @property
    def is_blank(self) -> bool:
        """No model should be asked what an empty page says: it would invent something."""
        return self.image is None and not self.text


class Text(Protocol):
    """What was read from a sheet: a dataclass with a text."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def text(self) -> str: ...


T = TypeVar("T", bound=Text)


def sheets(eyes: Eyes, file: Path, pages: str, fit: Fit, *, look: bool) -> Iterator[Sheet]:
    """One after the other, each decoded when it is its turn; of a blank one no picture is kept.

    Args:
        pages: of a document, like ``1-3,7,10-``; empty for all.
        fit: how large a picture may be.
        look: read documents from their pictures, even where they have a text layer.

    Raises MediaError, UsageError.
    """
    for sheet in _decoded(eyes, file, pages, fit, look=look):
        yield replace(sheet, image=None) if sheet.image and _shows_nothing(sheet.image) else sheet


def _shows_nothing(image: Image) -> bool:
    from edgeomni.vision.blank import is_blank

    return is_blank(image.pixels, image.width, image.height)


def _decoded(eyes: Eyes, file: Path, pages: str, fit: Fit, *, look: bool) -> Iterator[Sheet]:
    camera = camera_of(file)
    if camera is not None:
        yield Sheet(file, 1, eyes.glance(camera, fit))
    elif not is_document(file):
        images = eyes.parts(file, fit)
        for number, image in enumerate(images, 1):
            yield Sheet(file, number, image, parts=len(images))
    else:
        for page in eyes.pages(file, pages, fit=fit, pictures=look):
            text = "" if look else page.text.strip()
            if text:
                yield Sheet(file, page.number, None, text)
                continue
            (drawn,) = (page,) if look else eyes.pages(file, str(page.number), fit=fit)
            yield Sheet(file, page.number, drawn.image)


def faithful(usual: Options) -> Options:
    """The likeliest word is the one that stands there."""
    return replace(usual, temperature=0.0)


def doubt(chosen: Settings) -> Notice | None:
    """What there is to know of a model that is asked to read, and cannot, by its card."""
    from edgeomni import catalog

    if chosen.base_url.value or chosen.mmproj.value:  # other eyes than those of the card
        return None
    card = catalog.card_of(chosen.model.value)
    if card is None or card.reads:
        return None
    return Notice(
        "cannot-read",
        f"{card.id} sees scenes but cannot read print: what it says stands there is made up. "
        "Choose a model that reads, for example -m qwen2.5-vl-3b.",
    )


def readings(found: Iterable[Sheet], read: Callable[[Sheet], T]) -> Iterator[tuple[Sheet, T, bool]]:
    """Every sheet of a file, what ``read`` makes of it, and whether that goes on in the next line.

    A part of a long picture is handed on when the one below it was read, and what both show stands
    in one of them only: the texts, one below the other, are that of the picture. Where nothing is
    said twice, it is unknown what is between them.
    """
    for is_part, some in groupby(found, lambda sheet: sheet.is_part):
        read_so_far = ((sheet, read(sheet)) for sheet in some)
        if is_part:
            yield from _seamless(read_so_far)
        else:
            yield from ((sheet, text, False) for sheet, text in read_so_far)


def _seamless(parts: Iterator[tuple[Sheet, T]]) -> Iterator[tuple[Sheet, T, bool]]:
    sheet, upper = next(parts)
    goes_on = False
    try:
        for below, lower in parts:
            texts = without_repetition(upper.text, lower.text)
            if texts:
                upper, lower = replace(upper, text=texts[0]), replace(lower, text=texts[1])
            yield sheet, upper, goes_on
            sheet, upper, goes_on = below, lower, bool(texts)
    except (Exception, KeyboardInterrupt):
        yield sheet, upper, goes_on  # what was read is not lost with what could not be
        raise
    yield sheet, upper, goes_on
