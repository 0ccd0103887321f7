"""The verbs about models: pull, list, rm."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgeomni.catalog import ModelFiles, Shelved

    SubParsers = argparse._SubParsersAction[argparse.ArgumentParser]

_NAMES = """\
a model's name is one of
  nano                                  a name that `edgeomni list` shows
  gemma-3-4b:Q8_0                       the same in another quantisation
  ggml-org/SmolVLM-500M-Instruct-GGUF   a repository on the hub
  org/repo:Q5_K_M                       and which of its files (default Q4_K_M)
"""

_PULL = f"""\
Fetch a model and verify it. What is already here is checked, not fetched again.

{_NAMES}
examples
  edgeomni pull gemma-3-4b              fetch a model that sees
  edgeomni ask -m gemma-3-4b -i cat.jpg "What is this?"

The projector that gives a model its eyes or ears is found by itself. Files from the hub go
through its own cache (HF_HOME), so a file that another program fetched is used in place.
HF_TOKEN opens gated models, HF_ENDPOINT names a mirror, HF_HUB_OFFLINE=1 forbids the network.
"""

_LIST = """\
Show the models that are on this machine (marked *), and those that can be pulled by name.

examples
  edgeomni list
  edgeomni list --json | jq -r '.[] | select(.installed) | .name'
"""

_RM = """\
Remove a model that was pulled. Files that you gave by their path are never touched.

examples
  edgeomni rm gemma-3-4b                asks first
  edgeomni rm gemma-3-4b --yes
"""


def add_parsers(subparsers: SubParsers) -> None:
    """Add the verbs; each sets ``run``, a function from the parsed arguments to an exit code."""
    pull = _verb(subparsers, "pull", "fetch a model and verify it", _PULL)
    pull.add_argument("name", metavar="NAME", help="what to fetch")
    pull.add_argument("--json", action="store_true", help="print the model's files as JSON")
    pull.set_defaults(run=run_pull)
    listing = _verb(subparsers, "list", "show models that are here or can be pulled", _LIST)
    listing.add_argument("--json", action="store_true", help="print a JSON array")
    listing.set_defaults(run=run_list)
    rm = _verb(subparsers, "rm", "remove a pulled model", _RM)
    rm.add_argument("name", metavar="NAME", help="what to remove")
    rm.add_argument("--yes", "-y", action="store_true", help="do not ask")
    rm.set_defaults(run=run_rm)


def run_pull(args: argparse.Namespace) -> int:
    from edgeomni import catalog
    from edgeomni.build import obey_offline
    from edgeomni.cli.options import chosen_settings
    from edgeomni.cli.output import Screen
    from edgeomni.cli.transfer import ProgressLine

    obey_offline(chosen_settings(args, Screen.standard()))
    progress = ProgressLine(sys.stderr)
    try:
        files = catalog.pull(args.name, progress)
    finally:
        progress.close()
    if args.json:
        print(json.dumps(_files(files)))
    else:
        _say(f"{files.id} is here, verified: {files.model}")
        if files.mmproj:
            _say(f"with its projector: {files.mmproj}")
        if files.card and files.card.kind == "voices":
            _say_how_to_speak()
    return 0


def _say_how_to_speak() -> None:
    from edgeomni import casting

    if step := casting.obstacle():
        _say(f"To speak with it: {step}")
    else:
        _say("`edgeomni say --list` names its voices.")


def run_list(args: argparse.Namespace) -> int:
    from edgeomni import catalog

    models = [*catalog.installed(), *catalog.available()]
    if args.json:
        print(json.dumps([_shelved(model) for model in models], indent=1))
        return 0
    for row in table(models):
        _say(row)
    _say("\n* on this machine. `edgeomni pull NAME` fetches another; -m NAME uses one.")
    return 0


def run_rm(args: argparse.Namespace) -> int:
    from edgeomni import catalog
    from edgeomni.catalog.progress import size
    from edgeomni.errors import UsageError

    model = catalog.shelved(args.name)
    if not args.yes:
        if sys.stdin is None or not sys.stdin.isatty():
            raise UsageError(
                f"{model.name} was not removed: nobody can be asked here.",
                remedy="Add --yes to remove it without a question.",
            )
        if not _confirmed(f"Remove {model.name} ({size(model.bytes)})? [y/N] "):
            _say("Kept.")
            return 0
    catalog.remove(args.name)
    _say(f"Removed {model.name}.")
    return 0


def table(models: list[Shelved]) -> list[str]:
    """The models as aligned lines, the head first."""
    from edgeomni.catalog.progress import size

    rows = [("  NAME", "SIZE", "QUANT", "DOES", "LICENCE", "")]
    for model in models:
        rows.append(
            (
                f"{'*' if model.installed else ' '} {model.name}",
                size(model.bytes) if model.bytes else "-",
                model.quant or "-",
                ", ".join(model.abilities) or "-",
                model.licence or "told by the hub",
                model.title,
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _verb(
    subparsers: SubParsers, name: str, summary: str, description: str
) -> argparse.ArgumentParser:
    return subparsers.add_parser(
        name,
        help=summary,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _confirmed(question: str) -> bool:
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _say(text: str) -> None:
    from edgeomni.sanitise import clean

    print(clean(text))


def _files(files: ModelFiles) -> dict[str, Any]:
    return {
        "name": files.id,
        "title": files.title,
        "source": files.source,
        "model": str(files.model),
        "mmproj": str(files.mmproj) if files.mmproj else None,
    }


def _shelved(model: Shelved) -> dict[str, Any]:
    return {
        "name": model.name,
        "title": model.title,
        "installed": model.installed,
        "bytes": model.bytes or None,
        "quant": model.quant or None,
        "licence": model.licence or None,
        "kind": model.kind,
        "abilities": list(model.abilities),
        "source": model.source,
        "path": str(model.path) if model.path else None,
        "notes": model.notes,
    }
