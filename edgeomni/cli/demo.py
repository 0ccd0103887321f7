"""``edgeomni demo``: the assistant end to end, step by step, with what each step took."""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from typing import Any

from edgeomni import paths
from edgeomni.build import Home
from edgeomni.cli.ask import exit_code
from edgeomni.cli.column import Column
from edgeomni.cli.demo_step import Played, Step
from edgeomni.cli.demo_voice import SPOKEN, voice_steps
from edgeomni.cli.demo_watch import WATCHED, watch_step
from edgeomni.cli.main import INTERRUPTED
from edgeomni.cli.options import add_model_flags, chosen_settings, open_home
from edgeomni.cli.output import Screen, receipt_line, seconds
from edgeomni.cli.turn import Style, Turns
from edgeomni.errors import EdgeomniError, MediaError
from edgeomni.looking import Look
from edgeomni.ports import Cancel
from edgeomni.sanitise import Cleaner, clean
from edgeomni.values import EngineEvent, Options, Part, TextDelta

EPILOG = """\
examples:
  edgeomni demo
  edgeomni demo -m gemma-3-4b
  edgeomni demo --json | jq .receipt

Runs a short real conversation, shows a picture to models that see and has them watch what changes,
speaks a sentence and listens to it, and prints what was said and what each step took.
With --json each step is one object on one line: the names of `ask --json`, then "step",
"asked", "took_ms" and "stop_ms" (how long the engine took to obey a stop; null elsewhere).
The exit code is that of the worst step (see `edgeomni help`).
"""
_CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "country": {"type": "string"}},
    "required": ["city", "country"],
    "additionalProperties": False,
}
_LABEL = 12
"""Columns of the names at the left."""


@dataclass(frozen=True, slots=True)
class Turn(Step):
    """A step that is a turn of the conversation."""

    shape: Callable[[Options], Options] = lambda options: options
    stop_after: int | None = None
    """Tokens that must have come, about, before the answer is stopped."""
    picture: str = ""
    """A file below ``models/`` that is shown with the question."""
    sees: bool = False
    """Only for models that do."""


STEPS = (
    Turn("talk", "a first question", "What is the sea?"),
    Turn("remember", "a second one: only what is new is evaluated", "Why is it salty?"),
    Turn(
        "shape",
        "an answer that must fit a JSON schema",
        "Name a city by the sea and its country.",
        shape=lambda options: replace(options, schema=_CITY),
    ),
    Turn(
        "stop",
        "a long answer, stopped once 24 words or parts of words are here",
        "Tell me a long story about a fisherman.",
        shape=lambda options: replace(options, max_tokens=512),
        stop_after=24,
    ),
    Turn("go on", "and the conversation goes on", "Where does the story take place?"),
    Turn(
        "see",
        "a picture that comes with edgeomni, in a new conversation",
        "What is in the picture?",
        picture="media/red-circle.png",
        sees=True,
    ),
    Turn(
        "again",
        "a second question: the picture is not encoded again",
        "What is the colour of the background?",
        sees=True,
    ),
)


def add_parsers(verbs: Any) -> None:
    parser: argparse.ArgumentParser = verbs.add_parser(
        "demo",
        usage="edgeomni demo [OPTIONS]",
        description="See everything work once, with timings.",
        epilog=EPILOG,
    )
    add_model_flags(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object per step")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    screen = Screen.standard()
    chosen = chosen_settings(args, screen)
    # Greedy, so that everybody sees the same and two runs can be compared.
    options = replace(chosen.options(), temperature=0.0, seed=0, max_tokens=72)
    with open_home(replace(chosen, watching=True), args) as home:
        return Demo(home, screen, options, as_json=args.json).go()


class Demo:
    """Plays the steps in one conversation."""

    def __init__(self, home: Home, screen: Screen, options: Options, *, as_json: bool) -> None:
        self._home = home
        self._screen = screen
        self._options = options
        self._json = as_json
        # The turn itself stays mute: what is shown here is set in columns.
        self._turns = Turns(screen, Style(silent=True), model=home.settings.asked_model)
        self._width = min(shutil.get_terminal_size((92, 24)).columns, 92)
        self._wished = 0.0

    def go(self) -> int:
        """All steps, also when one fails; returns the exit code of the worst."""
        self._head()
        worst, began = 0, time.perf_counter()
        for number, step in enumerate(STEPS, 1):
            if step.sees and not self._sees():
                self._screen.notice(f"{number} {step.name}: left out, this model cannot see.")
                continue
            played = self._play(number, step)
            if played.outcome.stopped and step.stop_after is None:
                return INTERRUPTED
            if played.outcome.error:
                worst = max(worst, exit_code(played.outcome))
        for told in self._further():
            if isinstance(told, str):
                self._screen.notice(told)
            else:
                self._told(told)
                worst = max(worst, exit_code(told.outcome))
        self._tail(time.perf_counter() - began)
        return worst

    def _further(self) -> Iterator[Played | str]:
        """The steps that are no turns of the conversation."""
        number = len(STEPS) + 1
        if self._sees():
            yield watch_step(self._home, self._screen, number, self._announce)
        else:
            yield f"{number} {WATCHED.name}: left out, this model cannot see."
        yield from voice_steps(self._home, number, self._announce)

    def _told(self, played: Played) -> None:
        if self._json:
            self._screen.line(played.to_json())
            return
        column = Column(indent=_LABEL, width=self._width)
        self._write(column.feed(clean(played.outcome.text)) + column.end())
        if played.outcome.error:
            self._screen.problem(played.outcome.error)
        else:
            self._write(self._screen.dim(" " * _LABEL + played.facts) + "\n")

    def _play(self, number: int, step: Turn) -> Played:
        self._announce(number, step)
        began, self._wished = time.perf_counter(), 0.0
        outcome = self._turns.run(lambda cancel: self._events(step, cancel), self._abilities)
        now = time.perf_counter()
        stop_ms = (now - self._wished) * 1000 if self._wished else None
        played = Played(step, outcome, (now - began) * 1000, stop_ms)
        self._conclude(played)
        return played

    def _sees(self) -> bool:
        """False also when that could not be found out: an earlier step has said why."""
        try:
            return self._home.engine.abilities().vision
        except EdgeomniError:
            return False

    def _shown(self, step: Turn) -> list[Part]:
        if not step.picture:
            return []
        self._home.assistant.clear()
        path = paths.shipped(step.picture)
        if path is None:
            raise MediaError(
                f"The picture {step.picture} is missing.", remedy="Install edgeomni again."
            )
        return self._home.show("image", path, Look())

    def _abilities(self) -> Any:
        return self._home.engine.abilities()

    def _events(self, step: Turn, cancel: Cancel) -> Generator[EngineEvent, None, None]:
        """The answer's events, shown as they pass, and stopped where the step says so."""
        column, cleaner, tokens = Column(indent=_LABEL, width=self._width), Cleaner(), 0
        try:
            parts = [*self._shown(step), step.asks]
            for event in self._home.assistant.reply(parts, step.shape(self._options), cancel):
                if isinstance(event, TextDelta):
                    tokens += event.tokens
                    self._write(column.feed(cleaner.feed(event.text)))
                    if step.stop_after and tokens >= step.stop_after and not cancel.asked:
                        self._wished = time.perf_counter()
                        cancel.ask()
                yield event
        finally:
            self._write(column.feed(cleaner.flush()) + column.end())

    def _head(self) -> None:
        chosen = self._home.settings
        model = chosen.asked_model or chosen.base_url.value
        self._write(f"edgeomni demo · {clean(model, keep='')}\n")

    def _announce(self, number: int, step: Step) -> None:
        title = self._screen.bold(f"{f'{number} {step.name}':<{_LABEL}}{step.shows}")
        you, edgeomni = (self._screen.dim(f"  {who:<{_LABEL - 2}}") for who in ("you", "edgeomni"))
        asked = f"{you}{step.asks}\n" if step.asks else ""
        self._write(f"\n{title}\n{asked}{edgeomni}")

    def _conclude(self, played: Played) -> None:
        if self._json:
            self._screen.line(played.to_json())
            return
        outcome = played.outcome
        if outcome.error:
            self._screen.problem(outcome.error)
        if outcome.receipt:
            line = Column(indent=_LABEL, width=self._width)
            took = f"{receipt_line(outcome.receipt)} · {seconds(played.took_ms)} in all"
            stop = "" if played.stop_ms is None else f" · obeyed in {played.stop_ms:.1f} ms"
            facts = line.feed(took + stop) + line.end()
            self._write(self._screen.dim(" " * _LABEL + facts.rstrip("\n")) + "\n")

    def _tail(self, took: float) -> None:
        place = self._turns.place
        count, where = len(STEPS) + 1 + len(SPOKEN), place or "nothing"
        self._write(f"\n{count} steps in {seconds(took * 1000)} on {where}.\n")

    def _write(self, text: str) -> None:
        if not self._json:
            self._screen.write(text)
