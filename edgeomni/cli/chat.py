"""``edgeomni chat``: a conversation line by line, for terminals, screen readers and pipes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from edgeomni.assistant import Assistant
from edgeomni.build import Home
from edgeomni.cli import slash
from edgeomni.cli.dropped import attachments
from edgeomni.cli.main import INTERRUPTED
from edgeomni.cli.mistakes import explained
from edgeomni.cli.options import (
    add_answer_flags,
    add_model_flags,
    add_output_flags,
    chosen_settings,
    open_home,
    style_of,
)
from edgeomni.cli.output import Screen
from edgeomni.cli.prompt import Lines, Pipe, Terminal, read_turn
from edgeomni.cli.record import Outcome, to_json
from edgeomni.cli.seeing import add_look_flags, look_of
from edgeomni.cli.turn import Start, Turns
from edgeomni.errors import EdgeomniError, UsageError
from edgeomni.gather import files
from edgeomni.looking import Look, MediaKind
from edgeomni.ports import Cancel
from edgeomni.values import AudioClip, EngineEvent, Image, Part

EPILOG = """\
examples:
  edgeomni chat
  edgeomni chat -m gemma-3-4b --system "Answer in French."
  printf 'My name is Ada.\\nWhat is my name?\\n' | edgeomni chat --json

In a terminal, /help shows the commands; dropping a picture on the window attaches it.
From a pipe every line is one turn, or one of these commands. What fails is reported and the
next line goes on; the exit code is then that of the worst (see `edgeomni help`).
"""


def add_parsers(verbs: Any) -> None:
    parser: argparse.ArgumentParser = verbs.add_parser(
        "chat",
        usage="edgeomni chat [OPTIONS]",
        description="Talk with a model.",
        epilog=EPILOG,
    )
    add_look_flags(parser)
    add_model_flags(parser)
    add_answer_flags(parser)
    add_output_flags(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    screen = Screen.standard()
    chosen = chosen_settings(args, screen)
    if sys.stdin is None:
        raise UsageError("There is no standard input to read.", remedy="Leave it open.")
    lines: Lines = Terminal(screen) if sys.stdin.isatty() else Pipe(sys.stdin.buffer, screen)
    with open_home(chosen, args) as home:
        turns = Turns(screen, style_of(args, screen), model=chosen.asked_model)
        return Chat(home, turns, lines, look_of(args, chosen.detail.value)).go()


class Chat:
    """The loop: read a turn, answer it, go on whatever happened."""

    def __init__(self, home: Home, turns: Turns, lines: Lines, look: Look) -> None:
        self._home = home
        self._turns = turns
        self._lines = lines
        self._options = home.settings.options()
        self._look = look
        self._attached: list[Part] = []
        self._worst = 0
        self._strikes = 0
        self.screen = turns.screen
        self.last: Outcome | None = None
        self.file: Path | None = None
        """Where the conversation was last saved to or loaded from."""
        self.over = False

    @property
    def assistant(self) -> Assistant:
        return self._home.assistant

    def go(self) -> int:
        """Until the input ends or the user leaves; returns the exit code of the worst turn."""
        if self._lines.interactive:
            model = self._home.settings.asked_model or self._home.settings.base_url.value
            self.screen.notice(f"{model} · /help for commands, Ctrl+D to leave")
            self._home.load_ahead()
        while not self.over:
            try:
                self._one()
            except KeyboardInterrupt:
                if self._interrupted():
                    return INTERRUPTED
        return self._worst

    def attach(self, kind: MediaKind, path: Path) -> None:
        """Decode a file, or all of a folder, now; it goes with the next line.

        Raises EdgeomniError.
        """
        for file in files([path], kind):
            parts = self._home.show(kind, file, self._look)
            self._attached += parts
            self.screen.notice(f"{_described(file, parts)} · goes with your next line")

    def again(self) -> None:
        self._turn(lambda cancel: self.assistant.regenerate(self._options, cancel))

    def clear(self) -> None:
        self.assistant.clear()
        self._attached.clear()

    def _one(self) -> None:
        """One line, and what comes of it."""
        try:
            line = self._read()
            if line is None:
                self.over = True
                return
            self._strikes = 0
            self._handle(line.strip())
        except BrokenPipeError:
            raise
        except Exception as error:  # the outermost loop: one bad turn does not end the talk
            self._failed(_calm(error))

    def _read(self) -> str | None:
        try:
            return read_turn(self._lines)
        except EdgeomniError:
            raise
        except Exception as error:
            self.over = True  # reading once more would fail once more
            raise _calm(error) from error

    def _handle(self, line: str) -> None:
        # From a pipe an unknown word behind a slash is text ("/usr is a folder"): nobody is there
        # to type it again.
        if slash.is_command(line) and (self._lines.interactive or slash.is_known(line)):
            self._command(line)
            return
        # Commands in a pipe are the user's own script. A path within a line is taken for a file
        # only where a person drops it on the window: piped text may mention files by chance.
        dropped, words = attachments(line) if self._lines.interactive else ([], line)
        for kind, path in dropped:
            self.attach(kind, path)
        if words:
            self._say(words)

    def _command(self, line: str) -> None:
        """A command is no turn: what goes wrong is said on stderr, also with --json."""
        try:
            slash.run(self, line)
        except BrokenPipeError:
            raise
        except Exception as surprise:
            error = _calm(surprise)
            self._worst = max(self._worst, error.exit_code)
            self.screen.problem(error)

    def _say(self, words: str) -> None:
        parts = (*self._attached, words)
        self._attached = []
        self._turn(lambda cancel: self.assistant.reply(parts, self._options, cancel))

    def _turn(self, start: Start) -> None:
        def begin(cancel: Cancel) -> Generator[EngineEvent, None, None]:
            self._home.ready()
            return start(cancel)

        try:
            outcome = self.last = self._turns.run(begin, self._home.engine.abilities)
        except KeyboardInterrupt:  # the second one: the first had asked the answer to stop
            self._strikes = 1
            raise
        if self._lines.interactive and self.screen.err_is_terminal:
            self.screen.say("")
        if outcome.error:
            self._worst = max(self._worst, outcome.error.exit_code)
        if outcome.stopped:
            self._strikes = 1
            if not self._lines.interactive:
                raise KeyboardInterrupt

    def _failed(self, error: EdgeomniError) -> None:
        """What went wrong before an answer began."""
        self._worst = max(self._worst, error.exit_code)
        if self._turns.style.json:
            self.screen.line(to_json(Outcome(model=self._home.settings.asked_model, error=error)))
        else:
            self.screen.problem(error)

    def _interrupted(self) -> bool:
        """Ctrl+C outside an answer; whether it is the second in a row."""
        self._strikes += 1
        if self._strikes > 1 or not self._lines.interactive:
            return True
        self.screen.say("")
        self.screen.notice("Ctrl+C once more quits; so does /bye.")
        return False


def _calm(surprise: Exception) -> EdgeomniError:
    return surprise if isinstance(surprise, EdgeomniError) else explained(surprise)


def _described(file: Path, parts: Sequence[Part]) -> str:
    media = [part for part in parts if not isinstance(part, str)]
    match media:
        case [Image(width=width, height=height)]:
            return f"{file.name} · {width}x{height}"
        case [AudioClip() as clip]:
            return f"{file.name} · {clip.seconds:.1f} s"
        case []:
            return f"{file.name} · {sum(map(len, parts))} characters"  # type: ignore[arg-type]
    return f"{file.name} · {len(media)} pictures"
