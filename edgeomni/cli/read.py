"""``edgeomni read``: the text of pictures and documents, in reading order, tables as Markdown."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import Any

from edgeomni.build import Factories, Home
from edgeomni.cli import filled
from edgeomni.cli.ask import exit_code
from edgeomni.cli.main import INTERRUPTED
from edgeomni.cli.options import add_model_flags, chosen_settings, open_home
from edgeomni.cli.output import Screen
from edgeomni.cli.record import Outcome, to_json
from edgeomni.cli.seeing import CAMERAS
from edgeomni.cli.turn import Style, Turns
from edgeomni.errors import MediaError, UsageError
from edgeomni.gather import files
from edgeomni.looking import fit_for
from edgeomni.ports import Eyes
from edgeomni.reading import REQUEST, Sheet, doubt, faithful, readings, sheets
from edgeomni.settings import Settings
from edgeomni.values import EngineEvent, Image, Notice, Receipt, TextDelta

Events = Generator[EngineEvent, None, None]

EPILOG = f"""\
examples:
  edgeomni read letter.jpg -m qwen2.5-vl-3b
  edgeomni read contract.pdf --pages 2-4 > contract.md
  edgeomni read scans/ --json -m gemma-3-4b
  edgeomni read camera -m qwen2.5-vl-3b

A page of a PDF that has a text layer is read from that, exactly and without a model; --look lets
the model read it from the picture all the same. Pages are separated by a blank line.
A long picture, such as a scrolled screenshot, is read in parts that overlap, and what two of them
show is written once. A blank page is told as blank, and no model is asked about it.

{CAMERAS}"""


def add_parsers(verbs: Any) -> None:
    parser: argparse.ArgumentParser = verbs.add_parser(
        "read",
        usage="edgeomni read FILE... [OPTIONS]",
        description="Read what is printed.",
        epilog=EPILOG,
    )
    parser.add_argument(
        "files",
        nargs="+",
        type=filled.path,
        metavar="FILE",
        help="pictures, PDFs, or camera[:NAME]",
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
    turns = Turns(screen, Style(silent=args.json), model=chosen.asked_model)
    worst = 0
    with Desk(lambda: open_home(chosen, args), (args.factories or Factories()).eyes) as desk:
        reader = Reader(desk, turns, chosen, as_json=args.json)
        for file in wanted:
            for outcome in reader.outcomes(file, args.pages, look=args.look):
                if outcome.stopped:
                    return INTERRUPTED
                worst = max(worst, exit_code(outcome))
    return worst


class Desk:
    """Eyes, and an assistant that is called only when there is something to be looked at."""

    def __init__(self, call: Callable[[], Home], open_eyes: Callable[[], Eyes]) -> None:
        self._call = call
        self._held = ExitStack()
        self.eyes = open_eyes()
        self._held.callback(self.eyes.close)

    @cached_property
    def home(self) -> Home:
        """Raises EdgeomniError when the model cannot be had."""
        return self._held.enter_context(self._call())

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()


@dataclass(slots=True)
class Reader:
    """Reads sheet after sheet; each is a conversation of its own."""

    desk: Desk
    turns: Turns
    chosen: Settings
    as_json: bool
    _any: bool = False
    _warned: bool = False
    _stopped: bool = False

    def outcomes(self, file: Path, pages: str, *, look: bool) -> Iterator[Outcome]:
        """Of every sheet of a file; a file that cannot be used is one, and the next goes on."""
        number = 0
        fit = fit_for(self.chosen.detail.value)
        found = sheets(self.desk.eyes, file, pages, fit, look=look)
        unread = takewhile(lambda _: not self._stopped, found)
        try:
            for sheet, outcome, goes_on in readings(unread, self._read):
                number = sheet.page
                if sheet.is_part and outcome.text:
                    self._write(outcome.text, goes_on=goes_on)
                self._tell(outcome, sheet.file, sheet.page)
                yield outcome
        except (MediaError, UsageError) as error:  # a page that this file does not have
            outcome = Outcome(model=self.chosen.asked_model, error=error)
            self._tell(outcome, file, number + 1)
            if not self.as_json:
                self.turns.screen.problem(error)
            yield outcome

    def _read(self, sheet: Sheet) -> Outcome:
        """It is written as it is read, but for a part: its last lines may stand in the next."""
        if sheet.is_blank:
            return self._blank(sheet)
        if sheet.image is None:
            self._write(sheet.text)
            return Outcome(text=sheet.text, receipt=Receipt())
        warned = self._warn()
        if sheet.is_part:
            outcome = self._part(sheet, sheet.image)
        else:
            self._separate()
            outcome = self._seen(sheet.image)
        if outcome.receipt and outcome.receipt.finish_reason == "length":
            self.turns.screen.notice(
                f"{sheet.file.name}, page {sheet.page}, says more than --max-tokens let it: "
                "its end is missing."
            )
        self._stopped = outcome.stopped
        return replace(outcome, notices=[*warned, *outcome.notices])

    def _blank(self, sheet: Sheet) -> Outcome:
        nothing = Notice("blank-page", f"{sheet.file.name}, page {sheet.page}, is blank.")
        self.turns.screen.notice(nothing.text)
        return Outcome(receipt=Receipt(), notices=[nothing])

    def _warn(self) -> list[Notice]:
        """Once: before the first page that the model itself is to read."""
        warning = None if self._warned else doubt(self.chosen)
        self._warned = True
        if warning is None:
            return []
        self.turns.screen.notice(warning.text)
        return [warning]

    def _part(self, sheet: Sheet, image: Image) -> Outcome:
        said: list[str] = []

        def held(events: Events) -> Events:
            with closing(events):
                for event in events:
                    if not isinstance(event, TextDelta):
                        yield event
                        continue
                    said.append(event.text)
                    self._progress(sheet)

        self._progress(sheet)
        outcome = self._seen(image, held)
        self.turns.screen.redraw("")
        return replace(outcome, text="".join(said))

    def _progress(self, part: Sheet) -> None:
        if not self.as_json:
            self.turns.screen.redraw(f"reading part {part.page} of {part.parts} …")

    def _separate(self) -> None:
        if self._any and not self.as_json:
            self.turns.screen.line("")
        self._any = True

    def _write(self, text: str, *, goes_on: bool = False) -> None:
        if not goes_on:
            self._separate()
        if not self.as_json:
            self.turns.screen.answer(f"{text}\n")
            self.turns.screen.end_answer()

    def _tell(self, outcome: Outcome, file: Path, page: int) -> None:
        if self.as_json:
            self.turns.screen.line(to_json(outcome, file=str(file), page=page))

    def _seen(
        self, image: Image, through: Callable[[Events], Events] = lambda events: events
    ) -> Outcome:
        home = self.desk.home
        options = faithful(self.chosen.options())
        home.assistant.clear()
        return self.turns.run(
            lambda cancel: through(home.assistant.reply((image, REQUEST), options, cancel)),
            home.engine.abilities,
        )
