"""Other programs, run one after the other beside the watch, each within a time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

_SAID = 300
"""Bytes of what a failed program said last that are told."""
_WAITING = 8
"""Errands that may wait; then the oldest of them is left out."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A program to run."""

    words: Sequence[str]
    """The program and its arguments; no shell ever reads them."""
    stdin: bytes = b""
    env: Mapping[str, str] = field(default_factory=dict)
    """On top of our own."""


class Errands:
    """Runs errands in order, never two at once."""

    def __init__(
        self, name: str, tell: Callable[[str], None], *, limit: float, waiting: int = _WAITING
    ) -> None:
        """``name`` is what to call them in lines that ``tell`` takes, on a thread of its own.

        One that has not ended after ``limit`` seconds is killed.
        """
        self._name, self._tell, self._limit = name, tell, limit
        self._waiting = deque[Errand]()
        self._most = waiting
        self._change = threading.Condition()
        self._closed = self._behind = self._runs = False
        self._failed = ""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def send(self, errand: Errand) -> None:
        """From any thread; never waits."""
        with self._change:
            if self._closed:
                return
            self._waiting.append(errand)
            late = len(self._waiting) > self._most
            if late:
                self._waiting.popleft()
            told, self._behind = self._behind, self._behind or late
            self._change.notify()
        if late and not told:
            self._tell(f"{self._name} is too slow: events that it has no time for are left out.")

    @property
    def busy(self) -> bool:
        """Something still runs, or waits for that."""
        return self._runs or bool(self._waiting)

    def close(self) -> None:
        """Waits for those that were sent, as long as one may take; then they are left alone."""
        with self._change:
            self._closed = True
            self._change.notify()
        self._thread.join(self._limit)

    def _run(self) -> None:
        while True:
            with self._change:
                self._runs = False
                self._change.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return
                errand, self._runs = self._waiting.popleft(), True
            self._note(failure(errand, self._limit))

    def _note(self, why: str) -> None:
        """The same failure is told once in a row."""
        if why and why != self._failed:
            end = "" if why.endswith((".", "!", "?")) else "."
            self._tell(f"{self._name} {why}{end} The watch goes on.")
        self._failed = why


def failure(errand: Errand, limit: float) -> str:
    """Run it to its end; what went wrong, as a sentence without its subject, or empty."""
    try:
        # Files instead of pipes: who reads nothing, or leaves a child behind, holds nobody up.
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
            given.write(errand.stdin)
            given.seek(0)
            return _ended(errand, limit, given, said)
    except (OSError, ValueError) as error:
        return f"cannot be run: {getattr(error, 'strerror', None) or error}."


def _ended(errand: Errand, limit: float, given: BinaryIO, said: BinaryIO) -> str:
    program = subprocess.Popen(
        list(errand.words),
        stdin=given,
        stdout=subprocess.DEVNULL,
        stderr=said,
        env={**os.environ, **errand.env},
        start_new_session=True,  # Ctrl+C is for the watch
    )
    try:
        code = program.wait(limit)
    except subprocess.TimeoutExpired:
        _kill(program)
        return f"did not end within {limit:g} seconds and was killed."
    if not code:
        return ""
    said.seek(max(0, said.seek(0, os.SEEK_END) - _SAID))
    last = said.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
    how = f"was ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
    return f"{how}: {last}" if last else f"{how}."


def _kill(program: subprocess.Popen[bytes]) -> None:
    """With all that it has started."""
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(program.pid, signal.SIGKILL)
        else:
            program.kill()
    program.wait()
