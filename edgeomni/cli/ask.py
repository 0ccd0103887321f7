"""``edgeomni ask``: one question, one answer, an honest exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from edgeomni.build import Home
from edgeomni.cli import boxes, stdin
from edgeomni.cli.main import INTERRUPTED
from edgeomni.cli.options import (
    add_answer_flags,
    add_model_flags,
    add_output_flags,
    chosen_settings,
    open_home,
    read_grammar,
    style_of,
)
from edgeomni.cli.output import Screen
from edgeomni.cli.record import Outcome
from edgeomni.cli.shape import Events, Shape, read_shape, whole
from edgeomni.cli.turn import Turns
from edgeomni.errors import InputError, MediaError
from edgeomni.ports import Cancel
from edgeomni.values import Options, Part

EPILOG = """\
examples:
  edgeomni ask "What is the sea?"
  edgeomni ask -i photo.jpg "What is on the table?"
  git diff | edgeomni ask "Write a commit message for this change." --max-tokens 80
  edgeomni ask -i desk.jpg --boxes "the cups" -o found.png
  edgeomni ask "A city and its country." --schema city.json --json --temperature 0

With --schema the answer is printed when it is whole and fits, or not at all.
The answer goes to stdout and nothing else does. Text on standard input is put behind the prompt.
Exit codes: 0 answered, 2 bad request, 3 bad input, 4 bad model, 5 download failed,
6 engine failed, 7 server failed, 130 stopped with Ctrl+C (what was said stays),
141 nobody reads the output any more.
"""
SHAPES = "shape of the answer: a JSON schema file, or module:Model (Pydantic)"
_UNASKED = {"image": "Describe this picture.", "audio": "What do you hear?"}

MediaFlag = tuple[str, Path]


def add_parsers(verbs: Any) -> None:
    parser: argparse.ArgumentParser = verbs.add_parser(
        "ask",
        usage="edgeomni ask [PROMPT] [-i IMAGE]... [-a AUDIO]... [OPTIONS]",
        description="Ask one question.",
        epilog=EPILOG,
    )
    parser.add_argument("prompt", nargs="*", metavar="PROMPT", help="the question")
    parser.add_argument(
        "-i",
        "--image",
        action="append",
        dest="media",
        type=_image,
        metavar="IMAGE",
        help="a picture; may be repeated",
    )
    parser.add_argument(
        "-a",
        "--audio",
        action="append",
        dest="media",
        type=_audio,
        metavar="AUDIO",
        help="a sound; may be repeated",
    )
    add_model_flags(parser)
    add_answer_flags(parser)
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--schema", metavar="SHAPE", help=SHAPES)
    shape.add_argument("--grammar", type=Path, metavar="FILE", help="GBNF grammar of the answer")
    boxes.add_flags(parser, shape)
    add_output_flags(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    screen = Screen.standard()
    chosen = chosen_settings(args, screen)
    media: Sequence[MediaFlag] = args.media or ()
    check_files(media)
    if wish := boxes.wish_of(args):
        return exit_code(boxes.run(wish, chosen.options(), chosen, args, screen))
    prompt = _prompt(" ".join(args.prompt), media, screen)
    shape = read_shape(args.schema) if args.schema else None
    options = _shaped(chosen.options(), shape, args.grammar)
    turns = Turns(screen, style_of(args, screen), model=chosen.asked_model)
    with open_home(chosen, args) as home:

        def start(cancel: Cancel) -> Events:
            events = home.assistant.reply(_parts(home, media, prompt), options, cancel)
            return whole(events, shape, turns.progress) if shape else events

        outcome = turns.run(start, home.engine.abilities)
    return exit_code(outcome)


def _image(path: str) -> MediaFlag:
    return "image", Path(path)


def _audio(path: str) -> MediaFlag:
    return "audio", Path(path)


def check_files(media: Sequence[MediaFlag]) -> None:
    """Say at once what is not there, before anything is loaded. Raises MediaError."""
    for kind, path in media:
        if not os.path.isfile(path):  # unlike Path, says no to a name that is too long
            what = "is a folder" if os.path.isdir(path) else "does not exist"
            raise MediaError(f"The {kind} {path} {what}.", remedy="Check the path.")


def exit_code(outcome: Outcome) -> int:
    if outcome.error:
        return outcome.error.exit_code
    return INTERRUPTED if outcome.stopped else 0


def _prompt(words: str, media: Sequence[MediaFlag], screen: Screen) -> str:
    piped = ""
    if sys.stdin is not None and not sys.stdin.isatty():
        piped = stdin.read_all(sys.stdin.buffer, screen.notice)
    prompt = "\n\n".join(part for part in (stdin.tidy(words), piped) if part.strip())
    if prompt:
        return prompt
    if not media:
        raise InputError(
            "The prompt is empty.", remedy='Write it behind the verb: edgeomni ask "..."'
        )
    return _UNASKED[media[-1][0]]


def _shaped(options: Options, shape: Shape | None, grammar: Path | None) -> Options:
    if shape:
        return replace(options, schema=shape.schema)
    return replace(options, grammar=read_grammar(grammar)) if grammar else options


def _parts(home: Home, media: Sequence[MediaFlag], prompt: str) -> tuple[Part, ...]:
    if not media:
        return (prompt,)
    home.load_ahead()
    seen = [home.look_at(kind, path) for kind, path in media]
    home.ready()
    return (*seen, prompt)
