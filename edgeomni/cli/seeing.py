"""The flags that say what is shown to the model, and how closely it looks."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from pathlib import Path

from edgeomni.cli import filled
from edgeomni.errors import UsageError
from edgeomni.gather import fresh
from edgeomni.looking import (
    FRAME_CHOICES,
    MOST_FRAMES,
    USUAL_FRAMES,
    Look,
    MediaKind,
    fit_for,
    kind_of,
)
from edgeomni.settings import DETAILS, Detail
from edgeomni.values import WHOLE, FrameRequest
from edgeomni.vision.frames import parse_span

Shown = tuple[MediaKind, Path]

CAMERAS = """\
camera takes a picture now, with the first camera; camera:1 with the next one. camera:NAME takes one
by its name, which Windows always wants, or by its device on Linux, as camera:/dev/video2.
camera:test is a test picture, for machines without a camera.
"""
"""For the epilogs of verbs that take one."""


def add_media_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what it is shown")
    _add(group, "-i", "--image", "image", "a picture, PDF, folder or pattern, or camera[:NAME]")
    _add(group, "-v", "--video", "video", "a video clip; may be repeated")
    _add(group, "-a", "--audio", "audio", "a sound; may be repeated")


def add_look_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how closely it looks")
    group.add_argument("--detail", choices=DETAILS, help="low: a glance; high: for fine print")
    group.add_argument(
        "--picture-tokens", metavar="N", help="for all pictures together; default: half the context"
    )
    group.add_argument("--pages", metavar="RANGE", default="", help="of a PDF, like 1-3,7,10-")
    group.add_argument("--frames", metavar="N", type=_frames, help="of a clip, at most; default 16")
    group.add_argument("--between", metavar="SPAN", type=parse_span, help="of a clip: 0:10-0:20")
    group.add_argument(
        "--choose", choices=FRAME_CHOICES, default="uniform", help="which frames; default: uniform"
    )
    group.add_argument("--no-sound", action="store_true", help="leave out what is said in clips")


def take_in(args: argparse.Namespace) -> None:
    """Move the files among the words of the prompt to what is shown.

    A shell spreads ``-i *.png`` into one file for the flag and words behind it. Without any such
    flag, words are words. Raises MediaError for a file that is not there and stands before them.
    """
    if not args.media:
        return
    words: list[str] = []
    for word in args.prompt:
        kind = kind_of(Path(word))
        if kind is None or not (os.path.isfile(word) or not words):
            words.append(word)
        else:
            args.media.append((kind, Path(word)))
    args.prompt = words


def shown(args: argparse.Namespace) -> list[Shown]:
    """Every file that is to be shown, in the order of naming. Raises MediaError."""
    seen: set[Path] = set()
    return [(kind, file) for kind, path in args.media or () for file in fresh(path, seen, kind)]


def look_of(args: argparse.Namespace, detail: Detail) -> Look:
    frames = FrameRequest(
        frames=args.frames or USUAL_FRAMES.frames,
        span=args.between or WHOLE,
        choice=args.choose,
        fit=USUAL_FRAMES.fit,
    )
    return Look(pages=args.pages, fit=fit_for(detail), frames=frames, sound=not args.no_sound)


def _add(group: argparse._ArgumentGroup, short: str, long: str, kind: MediaKind, text: str) -> None:
    group.add_argument(
        short,
        long,
        action="append",
        dest="media",
        type=_of(kind),
        metavar=kind.upper(),
        help=text,
    )


def _of(kind: MediaKind) -> Callable[[str], Shown]:
    def shown(path: str) -> Shown:
        return kind, filled.path(path)

    return shown


def _frames(text: str) -> int:
    if not re.fullmatch(r"\d{1,4}", text, re.ASCII) or not 1 <= int(text) <= MOST_FRAMES:
        raise UsageError(f"--frames must be a whole number from 1 to {MOST_FRAMES}.")
    return int(text)
