"""``edgeomni look``: one picture of what is there now, one answer."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from edgeomni.build import Home
from edgeomni.cli import filled
from edgeomni.cli.ask import SHAPES, UNASKED, Asking, exit_code
from edgeomni.cli.options import (
    add_answer_flags,
    add_model_flags,
    add_output_flags,
    chosen_settings,
    open_home,
    style_of,
)
from edgeomni.cli.output import Screen
from edgeomni.cli.shape import read_shape
from edgeomni.cli.stdin import tidy
from edgeomni.cli.turn import Turns
from edgeomni.cli.watch import SOURCES
from edgeomni.errors import MediaError
from edgeomni.looking import Look, fit_for, kind_of
from edgeomni.ports import Sight
from edgeomni.settings import DETAILS
from edgeomni.values import Image, Part
from edgeomni.vision.live import address
from edgeomni.vision.live.client import SightWish
from edgeomni.watch_events import Look as LookEvent

EPILOG = f"""\
examples:
  edgeomni look
  edgeomni look "Is the stove off?"
  edgeomni look screen "What does the error say?"
  edgeomni look rtsp://cam.local/live "Is the gate open?" --json

{SOURCES}
The device is open for one picture, which is kept nowhere. Files that hold a picture, a PDF too, can
be named as well; `edgeomni ask` shows several. Without a question the picture is described.
"""
_WORDS = ("camera", "screen", "window", "test")


def add_parsers(verbs: Any) -> None:
    parser: argparse.ArgumentParser = verbs.add_parser(
        "look",
        usage='edgeomni look [SOURCE] ["QUESTION"] [OPTIONS]',
        description="Ask about one picture of a camera, a screen or a stream.",
        epilog=EPILOG,
    )
    parser.add_argument(
        "words", nargs="*", metavar="SOURCE QUESTION", help="default: camera, and a description"
    )
    add_model_flags(parser)
    add_answer_flags(parser)
    parser.add_argument("--detail", choices=DETAILS, help="low: a glance; high: for fine print")
    parser.add_argument("--schema", type=filled.text, metavar="SHAPE", help=SHAPES)
    add_output_flags(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    screen = Screen.standard()
    chosen = chosen_settings(args, screen)
    shape = read_shape(args.schema) if args.schema else None
    source, question = split(args.words)
    _refuse_nonsense(source)
    options = chosen.options()
    if shape:
        options = replace(options, schema=shape.schema)
    look = Look(fit=fit_for(chosen.detail.value))
    turns = Turns(screen, style_of(args, screen), model=chosen.asked_model)
    with open_home(chosen, args) as home:
        home.load_ahead()
        seen = shown(home, source, look)
        home.ready()
        return exit_code(Asking(home, turns, options, shape, look).with_parts((*seen, question)))


def split(words: Sequence[str]) -> tuple[str, str]:
    """What to look at, and what is asked of it."""
    source, rest = "camera", list(words)
    if rest and _is_source(rest[0]):
        source = rest.pop(0)
    return source, tidy(" ".join(rest)).strip() or UNASKED["image"]


def shown(home: Home, source: str, look: Look) -> list[Part]:
    """Raises MediaError."""
    kind = "image" if _is_picture(source) else address.source(source).kind
    match kind:
        case "image":
            return home.show("image", Path(source), look)
        case "camera" | "test":
            name = source if source.startswith("camera") else f"camera:{source}"
            return home.show("image", Path(name), look)
    return [first_of(home.make_sight(SightWish(source, look.fit)))]


def first_of(sight: Sight) -> Image:
    """The first picture that stands still, or is as good as that. Raises MediaError."""
    with closing(sight):
        for event in sight.events():
            if isinstance(event, LookEvent):
                return event.image
    raise MediaError("It has ended without a picture.", remedy="Name another source.")


def _is_source(word: str) -> bool:
    if any(each.isspace() for each in word) and not os.path.exists(word):
        return False
    known = word.partition(":")[0] in _WORDS and (":" in word or word in _WORDS)
    return known or "://" in word or kind_of(Path(word)) is not None or os.path.exists(word)


def _is_picture(source: str) -> bool:
    return kind_of(Path(source)) == "image" and "://" not in source


def _refuse_nonsense(source: str) -> None:
    """Before a model is loaded for it."""
    if not _is_picture(source):
        address.source(source)
