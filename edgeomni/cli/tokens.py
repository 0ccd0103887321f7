"""``edgeomni tokens``: what pictures, pages and clips will cost, before anything is encoded."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeomni.album import SHARE
from edgeomni.build import Home
from edgeomni.cli import filled
from edgeomni.cli.options import add_model_flags, chosen_settings, open_home
from edgeomni.cli.output import Screen
from edgeomni.cli.record import dumps, error_fields
from edgeomni.cli.seeing import add_look_flags, look_of
from edgeomni.counting import Cost, measured, priced
from edgeomni.errors import EdgeomniError, MediaError, UsageError
from edgeomni.gather import fresh
from edgeomni.looking import Look, kind_of
from edgeomni.sanitise import clean

EPILOG = """\
examples:
  edgeomni tokens photo.jpg
  edgeomni tokens contract.pdf --pages 1-3 -m qwen2.5-vl-3b
  edgeomni tokens scans/ --detail high --json

Counts the tokens that the model's eyes will take, by its own rule; nothing is encoded and nothing
is asked. Text, such as the text layer of a PDF, comes on top and is given in characters.
"""
_NAME = 40
"""Columns for the name of a file; of a longer one the end is shown."""


@dataclass(frozen=True, slots=True)
class Line:
    """What is said of one file."""

    file: Path
    cost: Cost | None = None
    error: EdgeomniError | None = None


def add_parsers(verbs: Any) -> None:
    parser: argparse.ArgumentParser = verbs.add_parser(
        "tokens",
        usage="edgeomni tokens FILE... [OPTIONS]",
        description="See what pictures will cost before they are shown.",
        epilog=EPILOG,
    )
    parser.add_argument(
        "files", nargs="+", type=filled.path, metavar="FILE", help="pictures, PDFs, clips, folders"
    )
    add_look_flags(parser)
    add_model_flags(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object per file")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    screen = Screen.standard()
    chosen = chosen_settings(args, screen)
    seen: set[Path] = set()
    wanted = [file for name in args.files for file in fresh(name, seen, "image", "video")]
    with open_home(chosen, args) as home:
        look = look_of(args, chosen.detail.value)
        lines = []
        for file in wanted:
            lines.append(_line(home, file, look))
            _show(lines[-1], screen, as_json=args.json)
        if not args.json and any(line.cost for line in lines):
            _sum(lines, chosen.picture_tokens.value, home, screen)
    return max((line.error.exit_code for line in lines if line.error), default=0)


def _line(home: Home, file: Path, look: Look) -> Line:
    """What is wrong with the file is in it; what is wrong with the model is raised."""
    kind = kind_of(file) or "image"
    if kind == "audio":
        raise UsageError(f"{file} is a sound; only what is seen can be counted.")
    try:
        seen = measured(home.parts(kind, file, look))
    except (MediaError, UsageError) as error:  # a page that this file does not have
        return Line(file, error=error)
    try:
        return Line(file, priced(home.engine, seen))
    except MediaError as error:  # too thin for this model
        return Line(file, error=error)


def _show(line: Line, screen: Screen, *, as_json: bool) -> None:
    if as_json:
        screen.line(_to_json(line))
        return
    name = clean(str(line.file), keep="")
    short = name if len(name) <= _NAME else "…" + name[1 - _NAME :]
    if line.error:
        screen.line(f"{short:<{_NAME}}  {clean(line.error.happened)}")
        return
    cost = line.cost or Cost()
    text = f" + {cost.characters} characters of text" if cost.characters else ""
    screen.line(f"{short:<{_NAME}}  {cost.total:>6}  {_pictures(cost.pictures)}{text}")


def _pictures(sizes: Sequence[tuple[int, int]]) -> str:
    if not sizes:
        return "no picture"
    width, height = sizes[0]
    if len(sizes) == 1:
        return f"{width}x{height}"
    same = len(set(sizes)) == 1
    return f"{len(sizes)} pictures" + (f" of {width}x{height}" if same else "")


def _sum(lines: Sequence[Line], budget: int | None, home: Home, screen: Screen) -> None:
    total = sum(line.cost.total for line in lines if line.cost)
    context = home.engine.abilities().context
    limit = budget or int(context * SHARE)
    fits = "fits" if total <= limit else "in one conversation captions will stand for the oldest"
    screen.notice(
        f"{total} tokens together; pictures may take {limit} of the context of {context}: {fits}."
    )


def _to_json(line: Line) -> str:
    cost = line.cost or Cost()
    return dumps(
        {
            "file": str(line.file),
            "tokens": cost.total,
            "pictures": [
                {"width": width, "height": height, "tokens": tokens}
                for (width, height), tokens in zip(cost.pictures, cost.tokens, strict=True)
            ],
            "characters": cost.characters,
            "error": error_fields(line.error),
        }
    )
