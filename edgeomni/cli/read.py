"""``edgeomni read``: the text of pictures and documents, in reading order, tables as Markdown."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgeomni.build import Home
from edgeomni.cli.ask import exit_code
from edgeomni.cli.gather import files
from edgeomni.cli.main import INTERRUPTED
from edgeomni.cli.options import add_model_flags, chosen_settings, open_home
from edgeomni.cli.output import Screen
from edgeomni.cli.record import Outcome, to_json
from edgeomni.cli.seeing import fit_for
from edgeomni.cli.turn import Style, Turns
from edgeomni.looking import camera_of, is_document
from edgeomni.values import Fit, Image, Options

EPILOG = """\
examples:
  edgeomni read letter.jpg -m qwen2.5-vl-3b
  edgeomni read contract.pdf --pages 2-4 > contract.md
  edgeomni read scans/ --json -m gemma-3-4b
  edgeomni read camera -m qwen2.5-vl-3b

A page of a PDF that has a text layer is read from that, exactly and without a model; --look lets
the model read it from the picture all the same. Pages are separated by a blank line.
"""
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


def add_parsers(verbs: Any) -> None:
    parser: argparse.ArgumentParser = verbs.add_parser(
        "read",
        usage="edgeomni read FILE... [OPTIONS]",
        description="Read what is printed.",
        epilog=EPILOG,
    )
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="pictures, PDFs, or camera[:N]"
    )
    parser.add_argument("--pages", metavar="RANGE", default="", help="of a PDF, like 1-3,7,10-")
    parser.add_argument("--look", action="store_true", help="read PDFs from their pictures too")
    parser.add_argument("--detail", choices=("low", "auto", "high"), default="high")
    add_model_flags(parser)
    parser.add_argument("--max-tokens", metavar="N", help="the longest page")
    parser.add_argument("--json", action="store_true", help="one JSON object per page")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    screen = Screen.standard()
    chosen = chosen_settings(args, screen)
    wanted = files(args.files)
    # The likeliest word is the one that stands there.
    options = replace(chosen.options(), temperature=0.0)
    turns = Turns(screen, Style(silent=args.json), model=chosen.asked_model)
    worst = 0
    with open_home(chosen, args) as home:
        reader = Reader(home, turns, options, as_json=args.json)
        for file in wanted:
            for sheet in sheets(home, file, args.pages, fit_for(chosen.detail.value), args.look):
                outcome = reader.read(sheet)
                if outcome.stopped:
                    return INTERRUPTED
                worst = max(worst, exit_code(outcome))
    return worst


def sheets(home: Home, file: Path, pages: str, fit: Fit, look: bool) -> Iterator[Sheet]:
    """One after the other, each decoded when it is its turn. Raises MediaError, UsageError."""
    camera = camera_of(file)
    if camera is not None:
        yield Sheet(file, 1, home.eyes.glance(camera, fit))
        return
    if not is_document(file):
        for number, image in enumerate(home.eyes.parts(file, fit), 1):
            yield Sheet(file, number, image)
        return
    for page in home.eyes.pages(file, pages, fit=fit):
        text = "" if look else page.text.strip()
        yield Sheet(file, page.number, None if text else page.image, text)


@dataclass(slots=True)
class Reader:
    """Reads sheet after sheet; each is a conversation of its own."""

    home: Home
    turns: Turns
    options: Options
    as_json: bool
    _any: bool = False

    def read(self, sheet: Sheet) -> Outcome:
        if self._any and not self.as_json:
            self.turns.screen.line("")
        self._any = True
        outcome = Outcome(text=sheet.text) if sheet.image is None else self._seen(sheet.image)
        if self.as_json:
            line = to_json(outcome, file=str(sheet.file), page=sheet.page)
            self.turns.screen.line(line)
        elif sheet.image is None:
            self.turns.screen.answer(sheet.text)
            self.turns.screen.end_answer()
        return outcome

    def _seen(self, image: Image) -> Outcome:
        assistant = self.home.assistant
        assistant.clear()
        return self.turns.run(
            lambda cancel: assistant.reply((image, REQUEST), self.options, cancel),
            self.home.engine.abilities,
        )
