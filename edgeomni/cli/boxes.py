"""``edgeomni ask -i x.jpg --boxes "the cups"``: where something is, as JSON and as a picture."""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeomni.build import Home, engine_config
from edgeomni.cli.options import open_home
from edgeomni.cli.output import Screen
from edgeomni.cli.record import Outcome, dumps, to_json
from edgeomni.cli.turn import Style, Turns
from edgeomni.errors import InputError, UsageError
from edgeomni.looking import camera_of
from edgeomni.regular import write_whole
from edgeomni.settings import DEFAULT, Setting, Settings
from edgeomni.values import Box, Fit, Image, Options, Point
from edgeomni.vision import boxes
from edgeomni.vision.boxes import Convention
from edgeomni.vision.canvas import Canvas, Fitting, fitting_of, laid_out, plain

if TYPE_CHECKING:
    from edgeomni.catalog import ModelFiles

_ASSUMED = (
    "It is not known how this model counts places: thousandths of the sides are assumed. "
    "Boxes may be off."
)
_SAID = 80
"""Characters of an answer that are shown when no place is in it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be found, and where it goes."""

    image: Path
    what: str
    points: bool
    drawing: Path | None


@dataclass(frozen=True, slots=True)
class Eyesight:
    """How a model counts, and what is known of its projector."""

    convention: Convention
    fitting: Fitting | None = None
    """None for a model that is told shares of the picture, or is somewhere else."""
    known: bool = True

    def canvas(self, picture: Image) -> Canvas:
        """Where the picture lies when the model sees it."""
        whole = picture.width, picture.height
        return laid_out(*whole, self.fitting) if self.fitting else plain(*whole)


def add_flags(parser: argparse.ArgumentParser, shape: Any) -> None:
    """``shape`` is the group of flags of which one answer can obey one."""
    shape.add_argument("--boxes", metavar="WHAT", help="where it is in the picture, as JSON")
    shape.add_argument("--points", metavar="WHAT", help="the same as points")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
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
        if not sight.known:
            screen.notice(_ASSUMED)
        home.load_ahead()
        picture = _picture(home, wish.image)
        outcome = _asked(home, turns, sight, wish, picture, options)
        found, points = _places(outcome, wish, sight, picture)
        report = {
            "image": str(wish.image),
            "width": picture.width,
            "height": picture.height,
            "boxes": [asdict(box) for box in found],
            "points": [asdict(point) for point in points],
        }
        _say(outcome, report, screen, as_json=args.json)
        if wish.drawing and not (outcome.error or outcome.stopped):
            _save(wish.drawing, home.eyes.draw(picture, [*found, *points]))
    return outcome


def _picture(home: Home, image: Path) -> Image:
    """As large as it is: its pixels are counted."""
    camera = camera_of(image)
    return home.eyes.image(image) if camera is None else home.eyes.glance(camera, Fit())


def _asked(
    home: Home, turns: Turns, sight: Eyesight, wish: Wish, picture: Image, options: Options
) -> Outcome:
    screen = turns.screen
    screen.redraw(f"looking for {wish.what} …")
    try:
        home.ready()
        parts = picture, boxes.question(sight.convention, wish.what, points=wish.points)
        shaped = _shaped(options, sight.convention, wish, home)
        outcome = turns.run(
            lambda cancel: home.assistant.reply(parts, shaped, cancel), home.engine.abilities
        )
    finally:
        screen.redraw("")
    if not shaped.schema and outcome.receipt and outcome.receipt.finish_reason == "length":
        screen.notice("The answer was cut at its limit of tokens: there may be more places.")
    return outcome


def eyesight(chosen: Settings) -> Eyesight:
    """By the card of the catalog, the projector of a file, or the name of a served model."""
    from edgeomni import catalog

    if chosen.base_url.value:
        served = boxes.of_name(chosen.asked_model)
        return Eyesight(served or boxes.ASSUMED, known=served is not None)
    files = catalog.resolve(chosen.model.value, chosen.mmproj.value or None)
    kind, fitting = _projector(chosen, files)
    own = boxes.named(files.card.boxes) if files.card and files.card.boxes else None
    seen = own or boxes.of_projector(kind) or boxes.of_name(files.id)
    return Eyesight(seen or boxes.ASSUMED, fitting, seen is not None)


def _projector(chosen: Settings, files: ModelFiles) -> tuple[str, Fitting | None]:
    """Its type, and what it does with a picture in the engine that these settings ask for."""
    from edgeomni.engine.detail import settled
    from edgeomni.engine.gguf import read_header
    from edgeomni.engine.projectors import vision_type

    if files.mmproj is None:
        return "", None
    header = read_header(files.mmproj)
    kind = vision_type(header)
    engine = settled(engine_config(chosen, files), kind)
    tokens = engine.image_min_tokens, engine.image_max_tokens
    return kind, fitting_of(kind, header.values, *tokens)


def closely(chosen: Settings) -> Settings:
    """Families of dynamic resolution point at things well only when they look closely."""
    if chosen.detail.origin != DEFAULT:
        return chosen
    return replace(chosen, detail=Setting("high", "--boxes"))


def _shaped(options: Options, convention: Convention, wish: Wish, home: Home) -> Options:
    """Held to a schema where the family writes JSON and the engine is our own."""
    schema = boxes.schema(convention, points=wish.points)
    served = home.engine.abilities().device == "remote"
    return replace(options, schema=schema) if schema and not served else options


def _places(
    outcome: Outcome, wish: Wish, sight: Eyesight, picture: Image
) -> tuple[list[Box], list[Point]]:
    if outcome.error or outcome.stopped:
        return [], []
    size = picture.width, picture.height
    found, points = boxes.read(
        outcome.text, sight.convention, sight.canvas(picture), size, wish.what
    )
    return ([], points or boxes.middles(found)) if wish.points else (found, points)


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
    with suppress(OSError):
        if os.path.samefile(path, image):
            raise UsageError(f"-o would overwrite {image}.", remedy="Give it another name.")
    if not os.path.isdir(path.parent):
        raise _unsaved(path, f"there is no folder {path.parent}")


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
