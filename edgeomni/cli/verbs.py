"""The verbs as a table, and the way from words to the one that was meant."""

from __future__ import annotations

import argparse
import difflib
import importlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from edgeomni.errors import UsageError

if TYPE_CHECKING:
    from edgeomni.build import Factories


@dataclass(frozen=True, slots=True)
class Verb:
    name: str
    module: str
    """In this package; imported only when the verb is asked for."""
    summary: str
    alias: str = ""
    tells_events: bool = False
    """Its lines of JSON are events, that of an error as well."""


VERBS = (
    Verb("chat", "chat", "talk with a model, line by line"),
    Verb("ask", "ask", "ask one question; for scripts and quick answers"),
    Verb("talk", "talk", "talk with a model by voice", tells_events=True),
    Verb(
        *("watch", "watch", "hear what a camera or screen shows, when it changes"),
        tells_events=True,
    ),
    Verb("look", "look", "ask about one picture of a camera, a screen or a stream"),
    Verb("read", "read", "read what is printed on pictures and pages"),
    Verb("transcribe", "transcribe", "write down what is said in sounds and films"),
    Verb("say", "say", "say a text aloud, or save it as sound"),
    Verb("devices", "devices", "show microphones and loudspeakers"),
    Verb("tokens", "tokens", "see what pictures will cost"),
    Verb("demo", "demo", "see everything work once, with timings"),
    Verb("pull", "models", "fetch a model"),
    Verb("list", "models", "show the models that are here", alias="ls"),
    Verb("rm", "models", "remove a model"),
)

OVERVIEW = """\
edgeomni: an assistant that lives on your own laptop

usage: edgeomni VERB [OPTIONS]

{verbs}
  help       explain a verb: edgeomni help ask

Start with one of these:
  edgeomni chat
  edgeomni ask "What is the sea?"
  edgeomni ask -i photo.jpg "What is on the table?"

The first start fetches a small model (about 98 MB); from then on no network is needed.
Settings: flag, EDGEOMNI_* variable, ./edgeomni.toml, the user's config.toml, in this order.

Exit codes:
  0  all went well              5  a download failed
  1  something unforeseen       6  the engine failed
  2  the request is wrong       7  the server failed
  3  an input cannot be used    130  stopped with Ctrl+C
  4  the model cannot be used   141  nobody reads the output any more
"""


class _Wide(argparse.RawDescriptionHelpFormatter):
    """Keeps examples as written, and a flag and what it does on one line."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=34, width=98)


class Parser(argparse.ArgumentParser):
    """Speaks through the error tree instead of ending the process."""

    def __init__(self, *args: object, **options: object) -> None:
        options.setdefault("formatter_class", _Wide)
        options.setdefault("allow_abbrev", False)
        super().__init__(*args, **options)  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        verb = self.prog.partition(" ")[2]
        raise UsageError(
            message[:1].upper() + message[1:] + "." + self._nearest_option(message),
            remedy=f"`edgeomni help {verb}` explains it." if verb else "See `edgeomni help`.",
        )

    def _nearest_option(self, message: str) -> str:
        wrong, _, words = message.partition(": ")
        unknown = [word for word in words.split() if word.startswith("--")]
        if wrong != "unrecognized arguments" or not unknown:
            return ""
        known = [name for action in self._actions for name in action.option_strings]
        nearest = difflib.get_close_matches(unknown[0].partition("=")[0], known, 1)
        return f" Did you mean {nearest[0]}?" if nearest else ""


def run(words: list[str], factories: Factories | None) -> int:
    """Do what the words ask for; returns the exit code. Raises EdgeomniError."""
    words = _with_verb(words)
    if words[:1] == ["help"]:
        sys.stdout.write(overview())
        return 0
    verb = _named(words[0])
    parser = Parser(prog="edgeomni", add_help=False)
    parsers = parser.add_subparsers(metavar="VERB")
    importlib.import_module(f"edgeomni.cli.{verb.module}").add_parsers(parsers)
    try:
        # Through the verb's own parser, so that what it does not know is reported in its name.
        args = parsers.choices[verb.name].parse_intermixed_args(words[1:])
    except SystemExit as leaving:  # how argparse ends after printing help
        return int(leaving.code or 0)
    args.factories = factories
    return int(args.run(args))


def tells_events(word: str) -> bool:
    """Whether the verb of that name does, as ``Verb`` has it."""
    return any(verb.tells_events for verb in VERBS if verb.name == word)


def overview() -> str:
    return OVERVIEW.format(verbs="\n".join(f"  {v.name:<10} {v.summary}" for v in VERBS))


def _with_verb(words: list[str]) -> list[str]:
    if not words:
        talking = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
        return ["chat"] if talking else ["help"]
    if words[0] in ("-h", "--help"):
        return ["help"]
    if words[0] == "help" and len(words) > 1:
        return [words[1], "--help"]
    return words


def _named(word: str) -> Verb:
    for verb in VERBS:
        if word in (verb.name, verb.alias):
            return verb
    if word.startswith("-"):
        raise UsageError(f"The verb comes before the option {word}.", remedy="See `edgeomni help`.")
    nearest = difflib.get_close_matches(word, [verb.name for verb in VERBS], 1)
    meant = f"Did you mean `edgeomni {nearest[0]}`?" if nearest else ""
    question = f'To ask it something: edgeomni ask "{word}"' if " " in word else ""
    raise UsageError(
        f"There is no verb {word!r}.", remedy=meant or question or "See `edgeomni help`."
    )
