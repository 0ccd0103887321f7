"""``edgeomni tokens``: what pictures, pages and clips will cost, before anything is encoded."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeomni.album import SHARE
from edgeomni.build import Home
from edgeomni.cli.gather import files
from edgeomni.cli.options import add_model_flags, chosen_settings, open_home
from edgeomni.cli.output import Screen
from edgeomni.cli.record import dumps, error_fields
from edgeomni.cli.seeing import add_look_flags, look_of
from edgeomni.errors import EdgeomniError, MediaError, UsageError
from edgeomni.looking import Look, kind_of
from edgeomni.sanitise import clean
from edgeomni.values import Image

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
class Cost:
    """What one file takes of the context."""

    file: Path
    pictures: tuple[tuple[int, int], ...] = ()
    """Width and height in pixels of each."""
    tokens: tuple[int, ...] = ()
    """One for each picture."""
    characters: int = 0
    error: EdgeomniError | None = None


def add_parsers(verbs: Any) -> None:
    parser: argparse.ArgumentParser = verbs.add_parser(
        "tokens",
        usage="edgeomni tokens FILE... [OPTIONS]",
        description="See what pictures will cost before they are shown.",
        epilog=EPILOG,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="pictures, PDFs, clips")
    add_look_flags(parser)
    add_model_flags(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object per file")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    screen = Screen.standard()
    chosen = chosen_settings(args, screen)
    wanted = files(args.files)
    with open_home(chosen, args) as home:
        counter = Counter(home, look_of(args, chosen.detail.value))
        costs = []
        for file in wanted:
            cost = counter.cost(file)
            costs.append(cost)
            _show(cost, screen, as_json=args.json)
        if not args.json:
            _sum(costs, chosen.picture_tokens.value, home, screen)
    return max((cost.error.exit_code for cost in costs if cost.error), default=0)


@dataclass(frozen=True, slots=True)
class Counter:
    """Looks at files as ``ask`` would, and asks the engine for the room they take."""

    home: Home
    look: Look

    def cost(self, file: Path) -> Cost:
        """What is wrong with the file is in the answer; what is wrong with the model is raised."""
        sizes, said, kind = [], 0, self._kind(file)
        try:
            for part in self.home.parts(kind, file, self.look):
                if isinstance(part, Image):
                    sizes.append((part.width, part.height))
                elif isinstance(part, str):
                    said += len(part)
        except (MediaError, UsageError) as error:  # a page that this file does not have
            return Cost(file, error=error)
        tokens = self.home.engine.media_tokens(sizes)
        if tokens is None:
            raise UsageError(
                "The server does not tell what a picture costs.",
                remedy="Ask a model on this machine: leave --base-url out.",
            )
        return Cost(file, tuple(sizes), tuple(tokens), said)

    def _kind(self, file: Path) -> Any:
        kind = kind_of(file)
        if kind == "audio":
            raise UsageError(f"{file} is a sound; only what is seen can be counted.")
        return kind or "image"


def _show(cost: Cost, screen: Screen, *, as_json: bool) -> None:
    if as_json:
        screen.line(_to_json(cost))
        return
    name = clean(str(cost.file), keep="")
    short = name if len(name) <= _NAME else "…" + name[1 - _NAME :]
    if cost.error:
        screen.line(f"{short:<{_NAME}}  {clean(cost.error.happened)}")
        return
    text = f" + {cost.characters} characters of text" if cost.characters else ""
    screen.line(f"{short:<{_NAME}}  {sum(cost.tokens):>6}  {_pictures(cost.pictures)}{text}")


def _pictures(sizes: Sequence[tuple[int, int]]) -> str:
    if not sizes:
        return "no picture"
    width, height = sizes[0]
    if len(sizes) == 1:
        return f"{width}x{height}"
    same = len(set(sizes)) == 1
    return f"{len(sizes)} pictures" + (f" of {width}x{height}" if same else "")


def _sum(costs: Sequence[Cost], budget: int | None, home: Home, screen: Screen) -> None:
    total = sum(sum(cost.tokens) for cost in costs)
    context = home.engine.abilities().context
    limit = budget or int(context * SHARE)
    fits = "fits" if total <= limit else "in one conversation captions will stand for the oldest"
    screen.notice(
        f"{total} tokens together; pictures may take {limit} of the context of {context}: {fits}."
    )


def _to_json(cost: Cost) -> str:
    return dumps(
        {
            "file": str(cost.file),
            "tokens": sum(cost.tokens),
            "pictures": [
                {"width": width, "height": height, "tokens": tokens}
                for (width, height), tokens in zip(cost.pictures, cost.tokens, strict=True)
            ],
            "characters": cost.characters,
            "error": error_fields(cost.error),
        }
    )
