"""The command line of the benchmarks: ``scripts/bench engine``, ``eyes``, ``voice``, ``watch``."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from benchmarks import eyes, voice, watch
from benchmarks.goals import ALL
from benchmarks.lab import Lab
from benchmarks.machine import facts
from benchmarks.ours import Subject
from benchmarks.peers import Shelf
from benchmarks.pipecat_venv import AS_IT_COMES, PipecatShelf
from benchmarks.samples import Result
from benchmarks.table import as_json, page, table
from benchmarks.voice.studio import Studio
from benchmarks.watch.lookout import Lookout
from bootstrap.place import this_checkout
from edgeomni.catalog import DEFAULT_TURNS, Silent, ensure, resolve
from edgeomni.errors import EdgeomniError
from tests.tiny import heavy


def main(arguments: Sequence[str]) -> int:
    asked = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="edgeomni-bench-") as scratch:
        try:
            title, about, results = _REPORTS[asked.what](asked, Path(scratch))
        except EdgeomniError as error:
            print(f"{error} {error.hint}", file=sys.stderr)
            return error.exit_code
        except _NotBuilt:
            print("The peers are not built yet. Call scripts/peers first.", file=sys.stderr)
            return 8
    known = {**facts(), "Rounds": str(asked.rounds), **about}
    text = page(title, known, results)
    print(text)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")
    if asked.json:
        asked.json.write_text(json.dumps(as_json(known, results), indent=1), encoding="utf-8")
    return 1 if any(result.met is False for result in results) else 0


T = TypeVar("T")


class _NotBuilt(Exception):
    pass


Report = tuple[str, dict[str, str], list[Result]]
"""Title, more facts for its head, and the lines."""


def _engine(asked: argparse.Namespace, scratch: Path) -> Report:
    shelf = Shelf(Path(this_checkout().root), version("llama-cpp-python"))
    if not shelf.usable():
        raise _NotBuilt
    model = resolve(asked.model).model
    lab = _lab(model, shelf, asked, scratch)
    results = [line for goal in asked.only or ALL for line in _told(goal, ALL[goal], lab)]
    return "Engine benchmarks", {"Model": model.name}, results


def _eyes(asked: argparse.Namespace, scratch: Path) -> Report:
    results = eyes.measure(asked.rounds, scratch)
    return "Eyes benchmarks", {"Pillow": version("pillow"), "PyAV": version("av")}, results


def _voice(asked: argparse.Namespace, scratch: Path) -> Report:
    peer = _pipecat()
    goals = [goal for goal in asked.only or voice.ALL if goal != "V7" or peer]
    if not goals:
        raise _NotBuilt
    studio = Studio(
        asked.rounds,
        scratch,
        whisper=ensure(asked.listen_model, Silent()).model.parent,
        detector=ensure(DEFAULT_TURNS, Silent()).model,
        ears=asked.listen_model,
        brain=asked.model,
        peer=peer if "V7" in goals else None,
    )
    if peer is None and "V7" in (asked.only or voice.ALL):
        print("V7 is left out: pipecat is not here. scripts/peers fetches it.", file=sys.stderr)
    results = [line for goal in goals for line in _told(goal, voice.ALL[goal], studio)]
    about = {"Speech model": asked.listen_model, "faster-whisper": version("faster-whisper")}
    if studio.peer:
        about["pipecat"] = AS_IT_COMES
    return "Voice benchmarks", about, results


def _watch(asked: argparse.Namespace, scratch: Path) -> Report:
    goals = asked.only or watch.ALL
    shelf = Shelf(Path(this_checkout().root), version("llama-cpp-python"))
    beside = shelf if shelf.usable() else None
    lookout = Lookout(asked.rounds, scratch, asked.model, asked.threads, beside)
    results = [line for goal in goals for line in _told(goal, watch.ALL[goal], lookout)]
    about = {"numpy": version("numpy"), "PyAV": version("av"), "Model": asked.model}
    return "Watch benchmarks", about, results


def _pipecat() -> Shelf | None:
    """Where it lies, if it can be had here with the language model that it asks."""
    shelf = Shelf(Path(this_checkout().root), version("llama-cpp-python"))
    return shelf if shelf.usable() and PipecatShelf(shelf).usable() else None


_REPORTS: Mapping[str, Callable[[argparse.Namespace, Path], Report]] = {
    "engine": _engine,
    "eyes": _eyes,
    "voice": _voice,
    "watch": _watch,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measure the engine and the voice beside their peers, or the eyes and the "
        "watch mode against their bars. "
        "Exit status 1: a bar was missed.",
        epilog="The voice is measured at the pace of life: V6, V7 and V9 share what was said and "
        "take 11 minutes together, V7 and V9 take 7, V8 takes 8. scripts/peers makes V7 possible.",
    )
    parser.add_argument("what", choices=tuple(_REPORTS))
    parser.add_argument(
        "--only",
        type=_goals,
        metavar="E1,E3",
        help="these goals of the engine, the voice or the watch mode alone",
    )
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--model", default="nano", help="a file or a name; default nano")
    parser.add_argument("--listen-model", default="tiny.en", help="of speech; default tiny.en")
    parser.add_argument("--threads", type=int, default=1, metavar="N")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the Markdown page here too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample here")
    return parser


def _goals(text: str) -> list[str]:
    chosen = text.upper().split(",")
    known_goals = [*ALL, *voice.ALL, *watch.ALL]
    if unknown := set(chosen) - set(known_goals):
        known = ", ".join(known_goals)
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))} is none of {known}")
    return chosen


def _lab(model: Path, shelf: Shelf, asked: argparse.Namespace, scratch: Path) -> Lab:
    encoder = heavy.for_width(heavy.width_of(model))
    projector = heavy.build(shelf.fixtures, encoder)
    return Lab(
        text=Subject(model, threads=asked.threads),
        seeing=Subject(model, projector, threads=asked.threads),
        shelf=shelf,
        rounds=asked.rounds,
        scratch=scratch,
    )


def _told(goal: str, measure: Callable[[T], list[Result]], place: T) -> list[Result]:
    """The lines of one goal, shown as soon as they are known."""
    print(f"{goal} ...", file=sys.stderr, flush=True)
    results = measure(place)
    print("\n".join(table(results)[2:]), file=sys.stderr, flush=True)
    return results


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
