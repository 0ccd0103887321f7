"""``edgeomni ask``: one question, one answer, an honest exit code."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgeomni.build import Home
from edgeomni.cli import boxes, filled, stdin
from edgeomni.cli.each import Each, Ledger
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
from edgeomni.cli.seeing import (
    CAMERAS,
    Shown,
    add_look_flags,
    add_media_flags,
    look_of,
    shown,
    take_in,
)
from edgeomni.cli.shape import read_shape
from edgeomni.cli.turn import Style, Turns
from edgeomni.engine.grammar.shape import Shape
from edgeomni.engine.grammar.whole import Events, whole
from edgeomni.errors import EdgeomniError, InputError, UsageError
from edgeomni.gather import once
from edgeomni.looking import Look, MediaKind, gathered
from edgeomni.ports import Cancel
from edgeomni.regular import same_file
from edgeomni.values import Options, Part

EPILOG = f"""\
examples:
  edgeomni ask "What is the sea?"
  edgeomni ask -i photo.jpg "What is on the table?"
  git diff | edgeomni ask "Write a commit message for this change." --max-tokens 80
  edgeomni ask -i contract.pdf --pages 1-3 "What are the terms?"
  edgeomni ask -v clip.mp4 --between 0:10-0:20 "What happens?"
  edgeomni ask -i invoices/ --each -o answers.jsonl --schema invoice.json "Read this invoice."
  edgeomni ask -i desk.jpg --boxes "the cups" -o found.png
  edgeomni ask "A city and its country." --schema city.json --json --temperature 0

{CAMERAS}
With --each -o FILE, a run that was stopped goes on where it ended when it is called again; --stats
then says at its end what all answers cost together, each line what its own did.
With --schema the answer is printed when it is whole and fits, or not at all.
The answer goes to stdout and nothing else does. Text on standard input is put behind the prompt.
Exit codes: 0 answered, 2 bad request, 3 bad input, 4 bad model, 5 download failed,
6 engine failed, 7 server failed, 130 stopped with Ctrl+C (what was said stays),
141 nobody reads the output any more.
"""
SHAPES = "shape of the answer: a JSON schema file, or module:Model (Pydantic)"
UNASKED: Mapping[MediaKind, str] = {
    "image": "Describe this picture.",
    "video": "What happens in this clip?",
    "audio": "What do you hear?",
}


def add_parsers(verbs: Any) -> None:
    parser: argparse.ArgumentParser = verbs.add_parser(
        "ask",
        usage="edgeomni ask [PROMPT] [-i IMAGE]... [-v VIDEO]... [-a AUDIO]... [OPTIONS]",
        description="Ask one question.",
        epilog=EPILOG,
    )
    parser.add_argument("prompt", nargs="*", metavar="PROMPT", help="the question")
    add_media_flags(parser)
    add_look_flags(parser)
    add_model_flags(parser)
    add_answer_flags(parser)
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--schema", type=filled.text, metavar="SHAPE", help=SHAPES)
    shape.add_argument(
        "--grammar", type=filled.path, metavar="FILE", help="GBNF grammar of the answer"
    )
    boxes.add_flags(parser, shape)
    parser.add_argument(
        "--each", action="store_true", help="ask about every file by itself; one JSON line each"
    )
    add_output_flags(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    screen = Screen.standard()
    chosen = chosen_settings(args, screen)
    take_in(args)
    wish = boxes.wish_of(args)
    media = shown(args)
    if wish:
        return exit_code(boxes.run(wish, chosen.options(), chosen, args, screen))
    prompt = _prompt(" ".join(args.prompt), media, screen)
    shape = read_shape(args.schema) if args.schema else None
    options = _shaped(chosen.options(), shape, args.grammar)
    style = Style(silent=True, mute=True) if args.each else style_of(args, screen)
    turns = Turns(screen, style, model=chosen.asked_model)
    with open_home(chosen, args) as home:
        asking = Asking(home, turns, options, shape, look_of(args, chosen.detail.value))
        if args.each:
            return _each(asking, args, media, prompt)
        return exit_code(asking.about(media, prompt))


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks one question in one way, about whatever is shown."""

    home: Home
    turns: Turns
    options: Options
    shape: Shape | None
    look: Look

    @property
    def request(self) -> str:
        """Stands for all that decides an answer beside the prompt and the file."""
        chosen = self.home.settings
        said = (chosen.asked_model, chosen.base_url.value, chosen.system.value)
        engine = (chosen.mmproj.value, chosen.context.value, chosen.picture_tokens.value)
        name = self.shape.name if self.shape else ""
        decides = repr((said, engine, name, self.options, self.look))
        return hashlib.sha256(decides.encode()).hexdigest()[:16]

    def about(self, media: Sequence[Shown], prompt: str) -> Outcome:
        """One turn. What is wrong with a file is raised."""
        return self.with_parts(self._parts(media, prompt))

    def with_parts(self, parts: Sequence[Part]) -> Outcome:
        """One turn about what is decoded already."""

        def start(cancel: Cancel) -> Events:
            events = self.home.assistant.reply(parts, self.options, cancel)
            return whole(events, self.shape, self.turns.progress) if self.shape else events

        return self.turns.run(start, self.home.engine.abilities)

    def alone(self, file: Shown, prompt: str) -> Outcome:
        """One turn in a conversation of its own; what goes wrong is in the outcome."""
        self.home.assistant.clear()
        try:
            return self.about([file], prompt)
        except EdgeomniError as error:
            return Outcome(model=self.home.settings.asked_model, error=error)

    def _parts(self, media: Sequence[Shown], prompt: str) -> tuple[Part, ...]:
        if not media:
            return (prompt,)
        self.home.load_ahead()
        seen = gathered(
            part for kind, path in media for part in self.home.parts(kind, path, self.look)
        )
        self.home.ready()
        return (*seen, prompt)


def _each(asking: Asking, args: argparse.Namespace, media: Sequence[Shown], prompt: str) -> int:
    if not media:
        raise UsageError("--each has no files to go through.", remedy="Name them with -i.")
    kinds = {path: kind for kind, path in media}
    if args.output and any(same_file(args.output, path) for path in kinds):
        raise UsageError(f"{args.output} is one of the files to ask about.", remedy="Name another.")
    if args.output and not args.output.absolute().parent.is_dir():
        raise InputError(
            f"The answers cannot be written to {args.output}: there is no folder "
            f"{args.output.parent}.",
            works="Nothing was asked yet.",
            remedy="Make the folder, or choose another.",
            code="not-saved",
        )
    ledger = Ledger(args.output, prompt, asking.request)

    def ask(path: Path) -> Outcome:
        return asking.alone((kinds[path], path), prompt)

    return Each(asking.turns.screen, ledger, ask, stats=args.stats).go(once(kinds))


def exit_code(outcome: Outcome) -> int:
    if outcome.error:
        return outcome.error.exit_code
    return INTERRUPTED if outcome.stopped else 0


def _prompt(words: str, media: Sequence[Shown], screen: Screen) -> str:
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
    return UNASKED[media[-1][0]]


def _shaped(options: Options, shape: Shape | None, grammar: Path | None) -> Options:
    if shape:
        return replace(options, schema=shape.schema)
    return replace(options, grammar=read_grammar(grammar)) if grammar else options
