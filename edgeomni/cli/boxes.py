"""``edgeomni ask -i x.jpg --boxes "the cups"``: where something is, as JSON and as a picture."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edgeomni.build import Home
from edgeomni.cli import filled
from edgeomni.cli.options import open_home
from edgeomni.cli.output import Screen
from edgeomni.cli.record import Outcome, dumps, to_json
from edgeomni.cli.turn import Style, Turns
from edgeomni.errors import InputError, UsageError
from edgeomni.places import Places, Search, closely, eyesight
from edgeomni.regular import same_file, write_whole
from edgeomni.settings import Settings
from edgeomni.values import Options

_SAID = 80
"""Characters of an answer that are shown when no place is in it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be found, and where it goes."""

    image: Path
    what: str
    points: bool
    drawing: Path | None


def add_flags(parser: argparse.ArgumentParser, shape: Any) -> None:
    """``shape`` is the group of flags of which one answer can obey one."""
    shape.add_argument("--boxes", metavar="WHAT", help="where it is in the picture, as JSON")
    shape.add_argument("--points", metavar="WHAT", help="the same as points")
    parser.add_argument(
        "-o",
        "--output",
        type=filled.path,
        metavar="FILE",
        help="a PNG with the boxes or points drawn, or where the answers of --each go",
    )


def wish_of(args: argparse.Namespace) -> Wish | None:
    """None when no place is asked for. Raises UsageError, InputError."""
    what = args.points if args.boxes is None else args.boxes
    if args.each:
        if what is None:
            return None
        raise UsageError(
            "Places are found in one picture at a time.", remedy="Leave out --each, or the places."
        )
    if what is None:
        if args.output:
            raise UsageError(
                "-o is for what --boxes or --points find, and for the answers of --each.",
                remedy="Add one of them.",
            )
        return None
    images = [path for kind, path in args.media or () if kind == "image"]
    if len(images) != 1 or len(args.media) != 1:
        raise UsageError("Places are found in one picture.", remedy="Give exactly one -i IMAGE.")
    if not what.strip() or args.prompt:
        wrong = "There is a prompt as well" if args.prompt else "What to look for is empty"
        raise UsageError(f"{wrong}.", remedy='Say it behind the flag: --boxes "the cups"')
    if args.output:
        _check_output(args.output, images[0])
    return Wish(images[0], what.strip(), args.boxes is None, args.output)


def run(
    wish: Wish, options: Options, chosen: Settings, args: argparse.Namespace, screen: Screen
) -> Outcome:
    """Find it, say where, and draw it."""
    chosen = closely(chosen)
    turns = Turns(screen, Style(silent=True, stats=args.stats), model=chosen.asked_model)
    with open_home(chosen, args) as home:
        sight = eyesight(chosen)
        home.load_ahead()
        search = Search(sight, home.whole(wish.image), wish.what, wish.points)
        outcome = _asked(home, turns, search, options)
        answered = not (outcome.error or outcome.stopped)
        found = search.places(outcome.text) if answered else Places(search.picture)
        _say(outcome, _report(wish, found), screen, as_json=args.json)
        if wish.drawing and answered:
            _save(wish.drawing, home.eyes.draw(found.picture, found.marks))
    return outcome


def _asked(home: Home, turns: Turns, search: Search, options: Options) -> Outcome:
    screen = turns.screen
    screen.redraw(f"looking for {search.what} …")
    try:
        home.ready()
        shaped = search.options(options, home)
        outcome = turns.run(
            lambda cancel: home.assistant.reply(search.question(), shaped, cancel),
            home.engine.abilities,
        )
    finally:
        screen.redraw("")
    for notice in search.notices(shaped, outcome.receipt):
        screen.notice(notice)
    return outcome


def _report(wish: Wish, found: Places) -> dict[str, Any]:
    return {
        "image": str(wish.image),
        "width": found.picture.width,
        "height": found.picture.height,
        "boxes": [asdict(box) for box in found.boxes],
        "points": [asdict(point) for point in found.points],
    }


def _say(outcome: Outcome, report: dict[str, Any], screen: Screen, *, as_json: bool) -> None:
    if as_json:
        screen.line(to_json(outcome, **report))
    elif outcome.error:
        screen.problem(outcome.error)
    elif outcome.stopped:
        screen.notice("Stopped.")
    else:
        screen.line(dumps(report))
    if not (outcome.error or outcome.stopped or report["boxes"] or report["points"]):
        said = " ".join(outcome.text.split())[:_SAID]
        screen.notice(f"No place was named{f'; the model said: {said}' if said else ''}.")


def _check_output(path: Path, image: Path) -> None:
    """Say at once what would fail after minutes of looking."""
    if path.suffix.lower() != ".png":
        raise UsageError(f"{path} is no PNG.", remedy="Give -o a name that ends in .png.")
    if same_file(path, image):
        raise UsageError(f"-o would overwrite {image}.", remedy="Give it another name.")
    if not os.path.isdir(path.parent):
        raise _unsaved(path, f"there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise _unsaved(path, f"you have no permission to write to the folder {path.parent}")


def _save(path: Path, png: bytes) -> None:
    try:
        write_whole(path, [png])
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise _unsaved(path, (reason or str(error)).lower()) from error


def _unsaved(path: Path, why: str) -> InputError:
    return InputError(
        f"The picture could not be written to {path}: {why}.",
        works="Without -o the places are printed all the same.",
        remedy="Choose another folder or free some space.",
        code="not-saved",
    )
