"""One worker process, seen from the parent: started, asked, watched, ended.

Two threads serve it. The *life* thread starts the process, reads its frames and reaps it; the
writer thread writes to it, so that neither a caller nor a signal handler waits for it to read.
"""

from __future__ import annotations

import itertools
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from edgeomni import __version__
from edgeomni.errors import EdgeomniError, InputError, WorkerDied, from_code
from edgeomni.ports import Cancel
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


class Worker:
    """Not restarted when it dies: that is the Supervisor's part. Calls from any thread."""

    def __init__(self, spec: WorkerSpec, clock: Callable[[], float] = time.monotonic) -> None:
        self.spec = spec
        self._clock = clock
        self._log = WorkLog(spec.log)
        self._process: subprocess.Popen[bytes] | None = None
        self._exit: Exit | None = None
        self._cause = Exit()
        self._door = Inbox()
        self._inboxes: dict[int, Inbox] = {}
        self._ids = itertools.count(1)
        self._newest = 0
        self._lock = threading.Lock()
        self._heard = threading.Event()
        self._outgoing: queue.SimpleQueue[list[wire.Buffer] | None] = queue.SimpleQueue()
        self._life = threading.Thread(target=self._live, name=f"{spec.room} worker", daemon=True)

    # ── the caller's side ────────────────────────────────────────────────────────────────────────

    @property
    def alive(self) -> bool:
        return self._process is not None and self._exit is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def exit(self) -> Exit | None:
        """How it ended, once it has."""
        return self._exit

    def start(self) -> None:
        """Start the process and wait for its hello. Once. Raises WorkerDied, or what it says."""
        self._life.start()
        try:
            self._await_hello()
        except BaseException:
            self.close()
            raise

    def _await_hello(self) -> None:
        frame = self._door.get(self.spec.start_timeout)
        match frame:
            case wire.Hello(self.spec.room, version) if version == __version__:
                return
            case wire.Hello(room, version):
                self._end(f"turned out to be '{room}' of version {clip(version)}")
            case wire.Failure():
                raise _failure(frame)
            case None:
                self._end(f"did not start within {self.spec.start_timeout:g} s", hung=True)
        raise self._death("")

    def call(
        self,
        method: str,
        params: Mapping[str, Any],
        buffers: Sequence[wire.Buffer] = (),
        *,
        cancel: Cancel | None = None,
        timeout: float | None = None,
    ) -> tuple[dict[str, Any], list[memoryview]]:
        """Ask, and wait for the reply; events on the way are passed over.

        ``timeout`` is in seconds; a worker that takes longer is ended. Raises WorkerDied, or the
        EdgeomniError that the worker reports.
        """
        with _Call(self, wire.Request(0, method, dict(params), buffers), cancel, timeout) as call:
            for _ in call:
                pass
            return call.reply.data, _views(call.reply)

    def stream(
        self,
        method: str,
        params: Mapping[str, Any],
        buffers: Sequence[wire.Buffer] = (),
        *,
        cancel: Cancel | None = None,
    ) -> Generator[tuple[dict[str, Any], list[memoryview]], None, dict[str, Any]]:
        """Ask at the first ``next``, and yield events; the generator's value is the reply's data.

        Leaving it early cancels the job. Raises as ``call`` does.
        """
        with _Call(self, wire.Request(0, method, dict(params), buffers), cancel, None) as call:
            for event in call:
                yield event.data, _views(event)
            return call.reply.data

    def close(self) -> None:
        """Let it end by itself, then make it end. Idempotent; no process or thread remains."""
        self._cause = replace(self._cause, expected=True)
        if not self._life.ident:
            return
        self._outgoing.put(None)
        self._life.join(self.spec.close_timeout)
        for insist in ("terminate", "kill"):
            if self._life.is_alive() and self._process:
                getattr(self._process, insist)()
                self._life.join(self.spec.close_timeout)

    # ── what a call needs ────────────────────────────────────────────────────────────────────────

    def _begin(self, request: wire.Request, inbox: Inbox) -> int:
        with self._lock:
            if self._exit or self._cause.expected or not self._process:
                raise self._death("")
            id = next(self._ids)
            self._inboxes[id] = inbox
            self._newest = id
        try:
            self._outgoing.put(wire.pack(replace(request, id=id)))
        except wire.WireError as error:
            self._forget(id)
            raise InputError(
                f"This is too much to hand to the {self.spec.room} worker: {error}.",
                works="Nothing was lost.",
                remedy="Give it a shorter text or smaller pictures.",
            ) from error
        return id

    def _cancel(self, id: int) -> None:
        self._outgoing.put(wire.pack(wire.CancelJob(id)))

    def _forget(self, id: int) -> None:
        with self._lock:
            inbox = self._inboxes.pop(id, None)
        if inbox:
            inbox.drop()

    def _check_pulse(self) -> None:
        """Ping it, and end it when nothing at all comes back."""
        self._log.trim()
        self._heard.clear()
        self._outgoing.put(wire.pack(wire.Ping(self._newest)))
        if self._heard.wait(self.spec.pong_timeout) or self._exit:
            return
        # With an inbox full, it is some caller of ours who is slow, and pongs wait behind him.
        if not any(inbox.full for inbox in list(self._inboxes.values())):
            silent = self.spec.heartbeat + self.spec.pong_timeout
            self._end(f"gave no sign of life for {silent:g} s and was ended", hung=True)

    def _end(self, cause: str, *, hung: bool = False) -> None:
        self._cause = Exit(cause=cause, hung=hung)
        if self._process:
            self._process.kill()
        self._life.join(_KILLED_SECONDS)

    def _death(self, method: str) -> WorkerDied:
        return died(self.spec.room, self._exit or self._cause, method=method, log=self.spec.log)

    # ── the life thread ──────────────────────────────────────────────────────────────────────────

    def _live(self) -> None:
        self._log.trim()
        start = self._log.size()
        try:
            process = self._spawn()
        except OSError as error:
            cause = f"could not be started ({error.strerror})"
            self._finish(Exit(cause=cause, at=self._clock()))
            return
        self._process = process
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
        try:
            if frame := wire.read(stream):  # type: ignore[arg-type]  # unbuffered: a FileIO
                self._greet(frame)
            while frame := wire.read(stream):  # type: ignore[arg-type]
                self._heard.set()
                self._route(frame)
        except wire.WireError as error:
            # A worker that dies in the middle of a frame is known by its exit, not by its pipe.
            return "" if isinstance(error, wire.Truncated) else str(error)
        return ""

    def _greet(self, frame: wire.Frame) -> None:
        if not isinstance(frame, wire.Hello) and not (
            isinstance(frame, wire.Failure) and frame.id == 0
        ):
            raise wire.WireError(f"{type(frame).__name__} before hello")
        self._door.put(frame)

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
            self._exit = exit
            inboxes = [self._door, *self._inboxes.values()]
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


class _Call:
    """One request on its way: iterates over its events, then has the reply."""

    reply: wire.Reply

    def __init__(
        self, worker: Worker, request: wire.Request, cancel: Cancel | None, timeout: float | None
    ) -> None:
        self._worker = worker
        self._request = request
        self._cancel = cancel
        self._timeout = timeout
        self._inbox = Inbox()
        self._answered = False

    def __enter__(self) -> _Call:
        self._deadline = time.monotonic() + (self._timeout or float("inf"))
        self._id = self._worker._begin(self._request, self._inbox)
        self._unsubscribe = self._cancel.subscribe(self._ask_to_stop) if self._cancel else None
        return self

    def __exit__(self, *_: object) -> None:
        if self._unsubscribe:
            self._unsubscribe()
        if not self._answered:
            self._ask_to_stop()
        self._worker._forget(self._id)

    def _ask_to_stop(self) -> None:
        self._worker._cancel(self._id)

    def __iter__(self) -> Iterator[wire.Event]:
        while True:
            match self._next():
                case wire.Event() as event:
                    yield event
                case wire.Reply() as reply:
                    self._answered, self.reply = True, reply
                    return
                case wire.Failure() as failure:
                    self._answered = True
                    raise _failure(failure)
                case Exit():
                    self._answered = True
                    raise self._worker._death(self._request.method)

    def _next(self) -> wire.Frame | Exit:
        worker = self._worker
        while True:
            left = self._deadline - time.monotonic()
            if left <= 0:
                worker._end(f"did not finish within {self._timeout:g} s and was ended", hung=True)
                raise worker._death(self._request.method)
            frame = self._inbox.get(min(worker.spec.heartbeat, left))
            if frame is not None:
                return frame
            if left > worker.spec.heartbeat:
                worker._check_pulse()


def own_command(room: str) -> tuple[str, ...]:
    """-P, and a path instead of -m: a module in the current folder must not be taken for ours."""
    return sys.executable, "-P", os.fspath(Path(__file__).with_name("__main__.py")), room


def clip(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _views(frame: wire.Event | wire.Reply) -> list[memoryview]:
    return [memoryview(buffer) for buffer in frame.buffers]


def _failure(failure: wire.Failure) -> EdgeomniError:
    return from_code(failure.code, failure.happened, works=failure.works, remedy=failure.remedy)
