"""The flags that verbs share, and the settings and objects that come of them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgeomni.build import Home, build, read_settings
from edgeomni.cli import filled
from edgeomni.cli.output import Screen
from edgeomni.cli.turn import Style
from edgeomni.errors import SchemaError
from edgeomni.regular import read_up_to
from edgeomni.settings import DEVICES, KEYS, LISTEN_DEVICES, Settings

LANGUAGE = "like de; default: English with tiny.en, found out with base"
"""Of what is said: help for it."""
MAX_SCHEMA_BYTES = 1 << 20


def add_model_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("which model, and where it runs")
    group.add_argument(
        "-m",
        "--model",
        type=filled.text,
        metavar="MODEL",
        help="a name, a GGUF file, or org/repo[:QUANT]",
    )
    group.add_argument(
        "--mmproj",
        type=filled.text,
        metavar="FILE",
        help="eyes and ears of the model, if not beside",
    )
    group.add_argument(
        "--base-url",
        type=filled.text,
        metavar="URL",
        help="an OpenAI-compatible server that answers instead",
    )
    group.add_argument("--device", choices=DEVICES, help="default: auto, the best that works")
    group.add_argument(
        "--require-gpu",
        action="store_const",
        const=True,
        help="fail instead of falling back to the processor",
    )
    group.add_argument("--offline", action="store_const", const=True, help="never fetch anything")
    group.add_argument("--context", metavar="N", help="tokens that the conversation may hold")
    group.add_argument("--threads", metavar="N", help="processor threads")


def add_listen_device(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--listen-device",
        choices=LISTEN_DEVICES,
        help="where speech is understood; default: auto, a GPU where one works",
    )


def add_answer_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how it answers")
    group.add_argument("-s", "--system", metavar="S", help="a standing instruction")
    group.add_argument("--max-tokens", metavar="N", help="the longest answer")
    group.add_argument("--temperature", metavar="T", help="0 is always the likeliest word")
    group.add_argument("--seed", metavar="N", help="the same seed, the same answer")


def add_output_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is printed")
    group.add_argument("--json", action="store_true", help="one JSON object per turn, on one line")
    group.add_argument("--stats", action="store_true", help="what each answer cost, on stderr")
    group.add_argument("--show-thought", action="store_true", help="reasoning too, on stderr")


def chosen_settings(args: argparse.Namespace, screen: Screen) -> Settings:
    """All layers, with these flags on top; what is odd in the files is said on stderr."""
    flags = {key.field: getattr(args, key.field, None) for key in KEYS}
    chosen = read_settings(flags)
    for notice in chosen.notices:
        screen.notice(notice)
    return chosen


def open_home(chosen: Settings, args: argparse.Namespace) -> Home:
    """The wired assistant; a model that is not here yet is fetched, visibly."""
    from edgeomni.cli.transfer import ProgressLine  # brings the catalog, which --help can spare

    progress = ProgressLine(sys.stderr)
    try:
        return build(chosen, progress=progress, factories=args.factories)
    finally:
        progress.close()


def style_of(args: argparse.Namespace, screen: Screen) -> Style:
    thought = args.show_thought or screen.err_is_terminal
    return Style(json=args.json, thought=thought, stats=args.stats)


def read_schema(path: Path) -> Mapping[str, Any]:
    """A JSON schema from a file; what is in it is the engine's to judge. Raises SchemaError."""
    text = _read(path, "schema")
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SchemaError(
            f"{path} is not valid JSON: {error}.", remedy="Correct the schema file."
        ) from error
    if not isinstance(schema, dict):
        raise SchemaError(
            f"{path} is not a JSON schema: it is no object.",
            remedy='Begin with {"type": "object", ...}.',
        )
    return schema


def read_grammar(path: Path) -> str:
    """A GBNF grammar from a file. Raises SchemaError."""
    text = _read(path, "grammar")
    if not text.strip():
        raise SchemaError(f"The grammar {path} is empty.", remedy='Begin with: root ::= "yes"')
    return text


def _read(path: Path, what: str) -> str:
    try:
        raw = read_up_to(path, MAX_SCHEMA_BYTES)
        if raw is None:
            raise SchemaError(f"The {what} {path} is larger than 1 MiB.", remedy="Shorten it.")
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise SchemaError(
            f"The {what} {path} cannot be read: {error.strerror}.", remedy="Check the path."
        ) from error
    except UnicodeDecodeError as error:
        raise SchemaError(f"The {what} {path} is not UTF-8 text.", remedy="Save it so.") from error
