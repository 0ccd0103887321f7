"""``ask --each``: the same question to every file, one line of JSON for each, for as long as it
takes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgeomni.cli.main import INTERRUPTED
from edgeomni.cli.output import Screen
from edgeomni.cli.record import Outcome, to_json
from edgeomni.errors import EdgeomniError, InputError, UsageError
from edgeomni.patience import Patience
from edgeomni.regular import alone, read_up_to, write_whole
from edgeomni.sanitise import spelled
from edgeomni.values import Receipt

_QUIET = 30.0
"""Seconds between two reports where nobody watches a line being redrawn."""

Ask = Callable[[Path], Outcome]
"""Answers about one file; an error is in the outcome."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The file of answers: a run that was ended goes on where it stopped."""

    path: Path | None
    """None is standard output, which remembers nothing."""
    question: str
    request: str = ""
    """Stands for all else that decides an answer: the model, its instruction, the schema."""

    def answered(self) -> frozenset[str]:
        """Paths that have a good answer to this very request; only these stay in the ledger.

        A file that has changed since then has none.

        Raises UsageError, InputError; a file of something else is left as it is.
        """
        if self.path is None or not os.path.lexists(self.path):
            return frozenset()
        raw = _read(self.path)
        whole, rest = raw[: raw.rfind(b"\n") + 1], raw[raw.rfind(b"\n") + 1 :]
        lines = whole.decode("utf-8", "replace").splitlines()
        if rest and not rest.startswith(_BEGINNING[: len(rest)]):
            raise _foreign(self.path, len(lines) + 1)
        good = {
            file: line for number, line in enumerate(lines, 1) if (file := self._good(number, line))
        }
        kept = "".join(line + "\n" for line in good.values())
        if kept.encode() != raw:
            try:
                write_whole(self.path, [kept.encode()])
            except OSError as error:
                raise _unwritable(self.path, error) from error
        return frozenset(good)

    def _good(self, number: int, line: str) -> str:
        """The path that is answered there; empty for one that is to be asked about again.

        Raises UsageError.
        """
        assert self.path is not None
        found = _entry(line)
        if found is None:
            raise _foreign(self.path, number)
        if found["error"]:
            return ""
        if (found["asked"], found["request"]) != (self.question, self.request):
            differs = (
                f"the question was {found['asked'][:60]!r}"
                if found["asked"] != self.question
                else "the question was the same, but not the model or other options"
            )
            raise UsageError(
                f"{self.path} holds answers to another request: {differs}.",
                works="Nothing was written.",
                remedy="Ask the same of the same model, or name a new file.",
            )
        changed = _stamp(Path(found["path"])) not in ("", found["stamp"])
        return "" if changed else str(found["path"])

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else writes to the file meanwhile. Raises UsageError, InputError."""
        if self.path is None:
            yield
            return
        path = Path(os.path.realpath(self.path))
        mark = path.with_name(f".{path.name}.lock")
        with ExitStack() as stack:
            try:
                stack.enter_context(alone(mark, wait=False))
            except BlockingIOError:
                raise UsageError(
                    f"Another run is writing answers to {self.path}.",
                    works="It goes on.",
                    remedy="Wait for its end, or name a file of its own for this one.",
                ) from None
            except OSError as error:
                raise _unwritable(self.path, error) from error
            stack.callback(_remove, mark)
            yield

    def keys(self, file: Path) -> dict[str, str]:
        """What a line says of the file and the request, for a later run."""
        return {
            "file": str(file),
            "asked": self.question,
            "request": self.request,
            "path": _place(file),
            "stamp": _stamp(file),
        }

    def write(self, line: str, screen: Screen) -> None:
        """Add one line; it is on the disk when this returns. Raises InputError."""
        if self.path is None:
            screen.line(line)
            return
        try:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(line + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _unwritable(self.path, error) from error


_BEGINNING = b'{"text": "'
"""How each of our lines begins: what a crash cut short is told from what was never ours."""
_MOST_BYTES = 1 << 30


def _remove(mark: Path) -> None:
    with suppress(OSError):  # another system does not let go of what is open
        mark.unlink()


def _read(path: Path) -> bytes:
    try:
        raw = read_up_to(path, _MOST_BYTES)
    except OSError as error:
        raise _unwritable(path, error) from error
    if raw is None:
        raise UsageError(f"{path} is larger than 1 GiB.", remedy="Name a new file.")
    return raw


def _entry(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    texts = isinstance(found, dict) and all(
        isinstance(found.get(name), str) for name in ("file", "asked", "request", "path", "stamp")
    )
    return found if texts and "error" in found else None


def _foreign(path: Path, number: int) -> UsageError:
    return UsageError(
        f"{path}, line {number}, is no answer of --each.",
        works="Nothing was written.",
        remedy="Name a new file.",
    )


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(
        f"{path} cannot be used for answers: {error.strerror or error}.",
        works="The answers that are in it stay.",
        remedy="Name another file, or free some space; the same call goes on where this one ended.",
    )


@dataclass(slots=True)
class Each:
    """Goes through the files."""

    screen: Screen
    ledger: Ledger
    ask: Ask
    stats: bool = False
    """Whether it says at the end what all answers cost together."""
    now: Callable[[], float] = time.monotonic
    _receipts: list[Receipt] = field(default_factory=list)
    _failed: list[tuple[str, EdgeomniError]] = field(default_factory=list)
    _began: float = 0.0
    _said: float = 0.0

    def go(self, files: Sequence[Path]) -> int:
        """Every file that has no answer yet; returns the exit code. Raises EdgeomniError."""
        with self.ledger.held():
            return self._go(files)

    def _go(self, files: Sequence[Path]) -> int:
        done = self.ledger.answered()
        waiting = [file for file in files if _place(file) not in done]
        if len(waiting) < len(files):
            self.screen.notice(f"{len(files) - len(waiting)} of {len(files)} were answered before.")
        if not waiting:
            return 0
        self._began = self._said = self.now()
        patience = Patience()
        for number, file in enumerate(waiting):
            self._progress(number, len(waiting), file)
            outcome = self.ask(file)
            if outcome.receipt:
                self._receipts.append(outcome.receipt)
            if outcome.stopped:
                return self._stopped(number, len(waiting))
            self._tell(outcome, file)
            line = to_json(outcome, **self.ledger.keys(file))
            self.ledger.write(line, self.screen)
            if outcome.error is not None:
                self._failed.append((str(file), outcome.error))
            patience.bear(outcome.error)
        return self._finished(len(waiting))

    def _tell(self, outcome: Outcome, file: Path) -> None:
        """What there is to know of an answer beside it, each thing once."""
        for text in dict.fromkeys(told.text for told in outcome.notices):
            self.screen.notice(f"{file}: {text}")

    def _progress(self, number: int, count: int, file: Path) -> None:
        text = f"[{number + 1}/{count}] {file.name}{self._left(number, count)}"
        if self.screen.err_is_terminal:
            self.screen.redraw(text)
        elif self.now() - self._said >= _QUIET:
            self._said = self.now()
            self.screen.notice(text)

    def _left(self, number: int, count: int) -> str:
        if not number:
            return ""
        seconds = (self.now() - self._began) / number * (count - number)
        return f" · about {_duration(seconds)} left"

    def _stopped(self, number: int, count: int) -> int:
        self.screen.redraw("")
        again = "; the same call goes on from here" if self.ledger.path else ""
        self.screen.notice(f"Stopped after {number} of {count}{again}.")
        self._total()
        return INTERRUPTED

    def _finished(self, count: int) -> int:
        self.screen.redraw("")
        for name, error in self._failed:
            self.screen.notice(f"{name}: {error.happened}")
        good = count - len(self._failed)
        took = _duration(self.now() - self._began)
        self.screen.notice(f"{good} of {count} answered in {took}.")
        self._total()
        return max((error.exit_code for _, error in self._failed), default=0)

    def _total(self) -> None:
        if self.stats and self._receipts:
            self.screen.total(self._receipts)


def _place(file: Path) -> str:
    """Where it is, from whatever folder it is named, spelled as in the ledger."""
    return spelled(str(file.absolute()))


def _stamp(file: Path) -> str:
    """Changes when the file does; empty for what is no file, or is there no more."""
    try:
        seen = file.stat()
    except (OSError, ValueError):
        return ""
    return f"{seen.st_size}-{seen.st_mtime_ns}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
