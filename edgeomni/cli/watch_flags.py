"""The flags of ``edgeomni watch``, and what they ask for."""

from __future__ import annotations

import argparse
import math
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgeomni.cli import filled
from edgeomni.cli.ask import SHAPES
from edgeomni.cli.folders import NEVER, private_folder
from edgeomni.cli.output import Screen
from edgeomni.cli.shape import read_shape
from edgeomni.cli.talk_flags import add_device_flags, add_ear_flags, add_turn_flags
from edgeomni.cli.watch_acts import ActsWish
from edgeomni.errors import UsageError
from edgeomni.loops.acts.desktop import need_desktop
from edgeomni.loops.watch.telling import PRESETS, Preset
from edgeomni.speech.voices.choice import check

Region = tuple[float, float, float, float]
"""Left, top, right, bottom, in shares of the sides."""
_LEAST = 1.0
"""Seconds between two looks at least, where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class WatchWish:
    """What is to be watched, and what is to be said of it."""

    address: str
    preset: Preset = "describe"
    prompt: str = ""
    """In the user's own words, instead of the preset."""
    conditions: Sequence[str] = ()
    """What is waited for."""
    captions: bool = True
    """Whether looks are put into words beside that."""
    schema: Mapping[str, Any] | None = None
    asking: bool = False
    """Questions may come, typed or spoken."""
    sensitivity: float = 0.5
    """From 0 to 1."""
    mask: Sequence[Region] = ()
    """Parts that are not looked at."""
    least: float = _LEAST
    """Seconds between two looks, at least."""
    most: float | None = None
    """Seconds after which there is a look though nothing changed; None for never."""
    max_latency: float | None = None
    """Seconds from a change to its words, where the machine can."""
    fast: bool = False
    """Read a file as fast as it can be."""


def add_watch_flags(parser: argparse.ArgumentParser) -> None:
    _add_what(parser.add_argument_group("what is said"))
    _add_when(parser.add_argument_group("when it looks"))
    group = parser.add_argument_group("what follows")
    group.add_argument("--speak", action="store_true", help="read it aloud; what is newer cuts in")
    group.add_argument("--voice", metavar="NAME", default="", help="see `edgeomni say --list`")
    group.add_argument(
        "--rate", metavar="R", type=_number("--rate", 0.5, 2), default=1.0, help="of speaking"
    )
    group.add_argument("--ask", action="store_true", help="typed lines are questions about it")
    _add_ears(parser.add_argument_group("questions by voice"))
    group = parser.add_argument_group("what else follows")
    group.add_argument("--notify", action="store_true", help="desktop notifications")
    group.add_argument("--log", type=filled.path, metavar="FILE", help="append events, as JSON")
    group.add_argument(
        "--save-frames", metavar="FOLDER", default=NEVER, help="save the frames that words are of"
    )
    group.add_argument(
        "--exec",
        nargs=argparse.REMAINDER,
        metavar="CMD",
        help="run a command of yours for each event; all that follows belongs to it",
    )


def wish_of(args: argparse.Namespace) -> WatchWish:
    """Raises UsageError, SchemaError."""
    own = bool(args.prompt or args.preset or args.schema)
    if args.schema and args.preset:
        raise UsageError("--schema fills a shape, and no preset.", remedy="Give --prompt with it.")
    return WatchWish(
        address=args.source,
        preset=args.preset or PRESETS[0],
        prompt=args.prompt or "",
        conditions=tuple(args.conditions),
        captions=own or not args.conditions,
        schema=read_shape(args.schema).schema if args.schema else None,
        asking=args.ask or args.listen,
        sensitivity=args.sensitivity,
        mask=tuple(args.mask),
        least=args.every or _LEAST,
        most=args.every,
        max_latency=args.max_latency,
        fast=args.fast,
    )


def acts_of(args: argparse.Namespace, screen: Screen) -> ActsWish:
    """Raises UsageError for what cannot be done here."""
    check(args.voice, args.rate)
    if args.notify:
        need_desktop()
    if args.exec is not None:
        _need_command(args.exec)
    frames = private_folder(args.save_frames, "--save-frames")
    if frames:
        screen.notice(f"frames with something to say of are saved in {frames}")
    return ActsWish(
        notify=args.notify,
        command=tuple(args.exec or ()),
        log=args.log,
        frames=frames,
        speak=args.speak,
        voice=args.voice,
        rate=args.rate,
        waits=bool(args.conditions),
    )


def _add_ears(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--listen", action="store_true", help="what you ask by voice is answered aloud"
    )
    add_turn_flags(group)
    add_device_flags(group)
    add_ear_flags(group)


def _add_what(group: argparse._ArgumentGroup) -> None:
    told = group.add_mutually_exclusive_group()
    told.add_argument("--preset", choices=PRESETS, help="what to look for; default: describe")
    told.add_argument("--prompt", type=_words("--prompt"), metavar="P", help="in your own words")
    group.add_argument(
        "--for",
        dest="conditions",
        action="append",
        default=[],
        type=_words("--for"),
        metavar="COND",
        help='say when it is there, once each time: "a parcel at the door"; may be repeated',
    )
    group.add_argument("--schema", type=filled.text, metavar="SHAPE", help=SHAPES)


def _add_when(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--once", action="store_true", help="end after one look; with --for, match")
    group.add_argument(
        "--duration", metavar="S", type=_seconds("--duration"), help="end after S seconds"
    )
    group.add_argument(
        "--every",
        metavar="S",
        type=_seconds("--every"),
        help="look once in S seconds; default: when something has changed",
    )
    group.add_argument(
        "--max-latency",
        metavar="S",
        type=_seconds("--max-latency"),
        help="from a change to its words: looks less closely where it must",
    )
    group.add_argument(
        "--sensitivity",
        metavar="0..1",
        type=_number("--sensitivity", 0, 1),
        default=0.5,
        help="how small a change counts; default: 0.5",
    )
    group.add_argument(
        "--mask",
        metavar="X0,Y0,X1,Y1",
        action="append",
        default=[],
        type=_mask,
        help="leave that part out, in shares: 0,0,1,0.2 is the upper fifth; may be repeated",
    )
    group.add_argument("--fast", action="store_true", help="a file: do not wait for time to pass")


def _need_command(words: Sequence[str]) -> None:
    if not words or not words[0]:
        raise UsageError("--exec has no command.", remedy="For example: --exec ./ring-the-bell")
    if shutil.which(words[0]) is None:
        raise UsageError(
            f"There is no program {words[0]} that could be run.",
            remedy="Check its name, its path and that it may be executed; no shell is used.",
        )


def _words(flag: str) -> Callable[[str], str]:
    def parsed(text: str) -> str:
        if not text.strip():
            raise UsageError(f"{flag} is empty.", remedy="Say it in your own words.")
        return text.strip()

    return parsed


def _seconds(flag: str) -> Callable[[str], float]:
    return _number(flag, 0.1, 10_000_000, "seconds")


def _number(flag: str, least: float, most: float, what: str = "a number") -> Callable[[str], float]:
    def parsed(text: str) -> float:
        number = _float(text)
        if not least <= number <= most:
            raise UsageError(f"{flag} is {what} from {least:g} to {most:.9g}, not {text[:20]!r}.")
        return number

    return parsed


def _mask(text: str) -> Region:
    x0, y0, x1, y1 = (*map(_float, text.split(",")), *[math.nan] * 4)[:4]
    if text.count(",") != 3 or not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1):
        raise UsageError(
            f"--mask is left, top, right, bottom in shares from 0 to 1, not {text[:40]!r}.",
            remedy="For example, without the upper fifth: --mask 0,0,1,0.2",
        )
    return x0, y0, x1, y1


def _float(text: str) -> float:
    """Not a number, where it is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
