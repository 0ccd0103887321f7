"""Reading mode: which sheets there are to read, and what the model is asked about each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from edgeomni.looking import camera_of, is_document
from edgeomni.ports import Eyes
from edgeomni.values import Fit, Image, Options

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
    text: str = ""


def sheets(eyes: Eyes, file: Path, pages: str, fit: Fit, *, look: bool) -> Iterator[Sheet]:
    """One after the other, each decoded when it is its turn.

    Args:
        pages: of a document, like ``1-3,7,10-``; empty for all.
        fit: how large a picture may be.
        look: read documents from their pictures, even where they have a text layer.

    Raises MediaError, UsageError.
    """
    camera = camera_of(file)
    if camera is not None:
        yield Sheet(file, 1, eyes.glance(camera, fit))
    elif not is_document(file):
        for number, image in enumerate(eyes.parts(file, fit), 1):
            yield Sheet(file, number, image)
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
