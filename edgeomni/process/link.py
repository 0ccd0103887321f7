"""One worker process and the two threads that serve it in the parent.

The *life* thread starts the process, reads its frames and reaps it; the writer thread writes to it,
so that neither a caller nor a signal handler ever waits for a worker to read.
"""

from __future__ import annotations

import itertools
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from edgeomni.errors import WorkerDied
from edgeomni.process import wire
from edgeomni.process.death import Exit, died
from edgeomni.process.inbox import Inbox
from edgeomni.process.worklog import WorkLog

_ENVIRONMENT = {
    "GGML_NO_BACKTRACE": "1",  # dying with a backtrace costs 0.6 s
    "PYTHONIOENCODING": "utf-8:backslashreplace",
}
_KILLED_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """What to start, and how patient to be with it."""

    room: str
    log: Path
    """Where the worker's stderr goes, and all that native code prints."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Added to the parent's environment."""
    start_timeout: float = 60.0
    """Seconds until it must have said hello; on a cold disk importing takes a while."""
    heartbeat: float = 10.0
    """Seconds of silence in a call after which it is pinged."""
    pong_timeout: float = 10.0
    """Seconds that it then has to answer, whatever its main thread does."""
    close_timeout: float = 2.0
    """Seconds that it has to end by itself when it is closed."""
    command: tuple[str, ...] = ()
    """Instead of this package's own host."""


class Link:
    """Carries frames to and from one process, and knows how it ended."""

    def __init__(self, spec: WorkerSpec, clock: Callable[[], float]) -> None:
        self.spec = spec
        self.door = Inbox()
        """Gets the hello, or the failure to start."""
        self.process: subprocess.Popen[bytes] | None = None
        self.exit: Exit | None = None
        self._clock = clock
        self._cause = Exit()
        self._log = WorkLog(spec.log)
        self._inboxes: dict[int, Inbox] = {}
        self._ids = itertools.count(1)
        self._newest = 0
        self._lock = threading.Lock()
        self._heard = threading.Event()
        self._outgoing: queue.SimpleQueue[list[wire.Buffer] | None] = queue.SimpleQueue()
        self._life = threading.Thread(target=self._live, name=f"{spec.room} worker", daemon=True)

    # ── for callers, on any thread ───────────────────────────────────────────────────────────────

    def start(self) -> None:
        self._life.start()

    def post(self, frame: wire.Frame) -> None:
        """Have it written; never blocks. Raises WireError beyond the limits."""
        self._outgoing.put(wire.pack(frame))

    def open(self) -> tuple[int, Inbox]:
        """A new call: its id, and where its frames will arrive. Raises WorkerDied."""
        inbox = Inbox()
        with self._lock:
            if self.exit or self._cause.expected or not self.process:
                raise self.death("")
            self._newest = next(self._ids)
            self._inboxes[self._newest] = inbox
            return self._newest, inbox

    def forget(self, id: int) -> None:
        """The call is over; what still arrives for it is dropped."""
        with self._lock:
            inbox = self._inboxes.pop(id, None)
        if inbox:
            inbox.drop()

    def check_pulse(self) -> None:
        """Ping it, and end it when nothing at all comes back."""
        self._log.trim()
        self._heard.clear()
        self.post(wire.Ping(self._newest))
        if self._heard.wait(self.spec.pong_timeout) or self.exit:
            return
        # With an inbox full, it is some caller of ours who is slow, and pongs wait behind him.
        if not any(inbox.full for inbox in list(self._inboxes.values())):
            silent = self.spec.heartbeat + self.spec.pong_timeout
            self.end(f"gave no sign of life for {silent:g} s and was ended", hung=True)

    def end(self, cause: str, *, hung: bool = False) -> None:
        """Kill it; ``cause`` is the rest of a sentence about it."""
        self._cause = Exit(cause=cause, hung=hung)
        if self.process:
            self.process.kill()
        self._life.join(_KILLED_SECONDS)

    def close(self) -> None:
        """Let it end by itself, then make it end. Idempotent; no process or thread remains."""
        if not self._life.ident:
            return
        self._cause = replace(self._cause, expected=True)
        self._outgoing.put(None)
        self._life.join(self.spec.close_timeout)
        for insist in ("terminate", "kill"):
            if self._life.is_alive() and self.process:
                getattr(self.process, insist)()
                self._life.join(self.spec.close_timeout)

    def death(self, method: str) -> WorkerDied:
        """The error that tells how it ended; ``method`` is what it worked on, or empty."""
        return died(self.spec.room, self.exit or self._cause, method=method, log=self.spec.log)

    # ── the life thread ──────────────────────────────────────────────────────────────────────────

    def _live(self) -> None:
        self._log.trim()
        start = self._log.size()
        try:
            self.process = process = self._spawn()
        except OSError as error:
            cause = f"could not be started ({error.strerror})"
            self._finish(Exit(cause=cause, at=self._clock()))
            return
        assert process.stdin and process.stdout
        writer = threading.Thread(target=self._write_for_ever, args=(process.stdin,), daemon=True)
        writer.start()
        if fault := self._read_for_ever(process.stdout):
            self._cause = Exit(cause=f"sent something that is no frame ({fault}) and was ended")
            process.kill()
        process.stdout.close()
        exit = self._reap(process)
        self._outgoing.put(None)
        writer.join()
        self._finish(replace(exit, last_words=self._log.last_words(start)))

    def _spawn(self) -> subprocess.Popen[bytes]:
        """On this thread: PR_SET_PDEATHSIG tells of the end of a thread, and this one stays."""
        with self._log.open() as log:
            return subprocess.Popen(
                self.spec.command or own_command(self.spec.room),
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=os.environ | _ENVIRONMENT | dict(self.spec.env),
                start_new_session=sys.platform != "win32",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )

    def _read_for_ever(self, stream: IO[bytes]) -> str:
        """Until the pipe ends; returns what was wrong with a frame, or nothing."""
        try:
            if frame := wire.read(stream):  # type: ignore[arg-type]  # unbuffered: a FileIO
                self._greet(frame)
            while frame := wire.read(stream):  # type: ignore[arg-type]
                self._heard.set()
                self._route(frame)
        except wire.Truncated:
            # A worker that dies in the middle of a frame is known by its exit, not by its pipe.
            return ""
        except wire.WireError as error:
            return str(error)
        return ""

    def _greet(self, frame: wire.Frame) -> None:
        if not isinstance(frame, wire.Hello) and not (
            isinstance(frame, wire.Failure) and frame.id == 0
        ):
            raise wire.WireError(f"{type(frame).__name__} before hello")
        self.door.put(frame)

    def _route(self, frame: wire.Frame) -> None:
        match frame:
            case wire.Pong():
                return
            case wire.Event() | wire.Reply() | wire.Failure() if 0 < frame.id <= self._newest:
                # Who is no longer there has left its stream early.
                if inbox := self._inboxes.get(frame.id):
                    inbox.put(frame)
            case _:
                raise wire.WireError(f"{type(frame).__name__} out of place")

    def _reap(self, process: subprocess.Popen[bytes]) -> Exit:
        try:
            code = process.wait(self.spec.close_timeout)
        except subprocess.TimeoutExpired:
            self._cause = Exit(cause="closed its pipe but did not end, and was ended", hung=True)
            process.kill()
            code = process.wait()
        known = replace(self._cause, at=self._clock())
        return replace(known, signal=-code) if code < 0 else replace(known, status=code)

    def _finish(self, exit: Exit) -> None:
        with self._lock:
            self.exit = exit
            inboxes = [self.door, *self._inboxes.values()]
        self._heard.set()
        for inbox in inboxes:
            inbox.end(exit)

    # ── the writer thread ────────────────────────────────────────────────────────────────────────

    def _write_for_ever(self, stream: IO[bytes]) -> None:
        with stream:
            while (chunks := self._outgoing.get()) is not None:
                try:
                    wire.write(stream, chunks)
                except OSError:
                    return


def own_command(room: str) -> tuple[str, ...]:
    """-P, and a path instead of -m: a module in the current folder must not be taken for ours."""
    return sys.executable, "-P", os.fspath(Path(__file__).with_name("__main__.py")), room
