"""From files to the parts of a message: pictures, pages of documents, frames of clips, sounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from edgeomni.errors import MediaError
from edgeomni.ports import Eyes
from edgeomni.settings import Detail
from edgeomni.values import (
    LEGIBLE,
    Fit,
    FrameChoice,
    FrameRequest,
    Image,
    Page,
    Part,
    Segment,
    Span,
)
from edgeomni.vision.frames import layout, paired, stamp

MediaKind = Literal["image", "video", "audio"]
DOCUMENT = ".pdf"
CAMERA = "camera"
SUFFIXES: Mapping[MediaKind, frozenset[str]] = {
    "image": frozenset(
        (
            *(".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"),
            *(".heic", ".heif", ".avif", DOCUMENT),
        )
    ),
    "video": frozenset(
        (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".ts", ".mpg", ".mpeg"),
    ),
    "audio": frozenset((".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a")),
}
"""Endings of file names, in small letters."""
USUAL_FRAMES = FrameRequest(frames=16, fit=Fit(side=768))
MOST_FRAMES = 512
FRAME_CHOICES: tuple[FrameChoice, ...] = get_args(FrameChoice)


@dataclass(frozen=True, slots=True)
class Look:
    """How files are to be looked at."""

    pages: str = ""
    """Of documents, like ``1-3,7,10-``; empty for all."""
    fit: Fit = LEGIBLE
    """For pictures and pages."""
    frames: FrameRequest = USUAL_FRAMES
    """Of clips."""
    merges: bool = False
    """Whether the model reads two frames of a clip as one."""
    sees: bool = True
    """Whether the model does; one that does not can still read the text of documents."""
    sound: bool = True
    """Whether what is said in clips stands between their frames."""


Hear = Callable[[Path, Span], Sequence[Segment]]
"""What is said in a part of a file."""


def deaf(path: Path, span: Span) -> Sequence[Segment]:
    """Hears nothing."""
    return ()


_FITS: Mapping[Detail, Fit] = {
    "low": Fit(pixels=600_000),
    "auto": LEGIBLE,
    "high": Fit(pixels=8_000_000),
}
_MOST_BYTES = 1 << 30
"""Of pixels in one message: hundreds of pages, more than any context holds."""


def fit_for(detail: Detail) -> Fit:
    """More than any encoder takes at that detail; what it takes is its own business."""
    return _FITS[detail]


def kind_of(path: Path) -> MediaKind | None:
    """By the ending of its name; None for what cannot be shown."""
    return next((k for k, suffixes in SUFFIXES.items() if path.suffix.lower() in suffixes), None)


def is_document(path: Path) -> bool:
    return path.suffix.lower() == DOCUMENT


def camera_of(path: Path) -> str | None:
    """Which camera a name means: ``camera``, ``camera:1``, ``camera:NAME``; None for a file."""
    word, _, which = str(path).partition(":")
    return which if word == CAMERA and not path.exists() else None


def parts_of(
    eyes: Eyes, kind: MediaKind, path: Path, look: Look, rate: int, hear: Hear = deaf
) -> Iterator[Part]:
    """What a message shows for one file, page by page; ``rate`` is that of the model's ears, in Hz.

    ``hear`` tells what is said in a clip that has sound. Raises MediaError, UsageError.
    """
    match kind:
        case "audio":
            yield eyes.audio(path, rate)
        case "video":
            yield from _clip(eyes, path, look, hear if look.sound else deaf)
        case "image" if (camera := camera_of(path)) is not None:
            yield eyes.glance(camera, look.fit)
        case "image" if is_document(path):
            yield from (part for page in _pages(eyes, path, look) for part in page)
        case "image":
            yield from _labelled(eyes.parts(path, look.fit))


def gathered(parts: Iterable[Part]) -> list[Part]:
    """All of them, as long as memory bears it. Raises MediaError."""
    held: list[Part] = []
    size = 0
    for part in parts:
        size += sum(map(len, part.frames)) if isinstance(part, Image) else 0
        if size > _MOST_BYTES:
            raise MediaError(
                f"These are more than {len(held)} parts of pictures and text: too much to show at "
                "once.",
                remedy="Show fewer pages with --pages, or ask about every file with --each.",
            )
        held.append(part)
    return held


def _labelled(images: list[Image]) -> Iterator[Part]:
    """Parts of a long picture say which they are; a whole one needs no words."""
    for image in images:
        if len(images) > 1:
            yield f"[{image.name}]\n"
        yield image


def _pages(eyes: Eyes, path: Path, look: Look) -> Iterator[list[Part]]:
    for page in eyes.pages(path, look.pages, fit=look.fit, pictures=look.sees):
        if page.image is None and not page.text.strip():
            raise MediaError(
                f"Page {page.number} of {path.name} is a picture without text, as of a scan.",
                remedy="Choose a model that sees, or leave the page out with --pages.",
            )
        yield list(_page(page, path.name))


def _page(page: Page, name: str) -> Iterator[Part]:
    yield f"[{name}, page {page.number}]\n"
    if page.image is not None:
        yield page.image
    if page.text.strip():
        # What is printed small is read more surely from the text layer than from pixels.
        yield f"Text of page {page.number}:\n{page.text.strip()}\n\n"


def _clip(eyes: Eyes, path: Path, look: Look, hear: Hear) -> Iterator[Part]:
    info = eyes.clip(path)
    frames = list(eyes.frames(path, look.frames))
    if not frames:
        raise MediaError(f"{path.name} shows nothing there.", remedy="Choose another span of time.")
    until = min(look.frames.span.end, info.seconds or frames[-1].seconds)
    times = f"{stamp(look.frames.span.start)} to {stamp(until)}"
    said = hear(path, Span(look.frames.span.start, until)) if info.has_sound else ()
    words = " and what is said" if said else ""
    yield f"[{path.name}, {times}, {len(frames)} frames{words} with their times]\n"
    yield from layout(paired(frames) if look.merges else frames, said)
