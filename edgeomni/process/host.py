"""The worker's side: requests one after the other on the main thread, all else at once on another.

The main thread may sit in native code for minutes. The reader thread meanwhile answers pings, marks
jobs as cancelled, and ends the process when the parent is gone.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, Protocol

from edgeomni import __version__
from edgeomni.errors import EdgeomniError, EngineError
from edgeomni.process import wire
from edgeomni.sanitise import spelled

QUEUE_LIMIT = 16
"""Requests that may wait; one more is refused, so that the reader thread never blocks on them."""
CLOSE_SECONDS = 0.5
"""How long a room may take to close when the parent is gone."""


class Job(Protocol):
    """One request while it is worked on."""

    @property
    def cancelled(self) -> bool:
        """Cheap: made to be read in hot loops."""
        ...

    def on_cancel(self, callback: Callable[[], None]) -> None:
        """Called once, on the reader thread, or right now when already cancelled."""
        ...

    def on_note(self, callback: Callable[[wire.Note], None]) -> None:
        """Called on the reader thread, which must not wait, for each note of the caller's.

        What came before is told right now.
        """
        ...

    def emit(self, data: dict[str, Any], buffers: Sequence[wire.Buffer] = ()) -> None:
        """Send an event to the caller, from any thread."""
        ...


class Room(Protocol):
    """What a worker is for."""

    def handle(
        self, method: str, params: dict[str, Any], buffers: list[memoryview], job: Job
    ) -> tuple[dict[str, Any], Sequence[wire.Buffer]]:
        """Work on one request. An EdgeomniError is told to the caller as it is."""
        ...

    def close(self) -> None: ...


class Pipes:
    """The worker's own end of the two pipes, out of reach of anything that prints."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._in = open(read_fd, "rb", buffering=0)  # noqa: SIM115  lives as long as the process
        self._out = open(write_fd, "wb", buffering=0)  # noqa: SIM115
        self._lock = threading.Lock()

    def read(self) -> wire.Frame | None:
        return wire.read(self._in)

    def send(self, frame: wire.Frame) -> None:
        """A parent that no longer reads is gone, and nothing here has a meaning without it."""
        chunks = wire.pack(frame)
        try:
            with self._lock:
                wire.write(self._out, chunks)
        except OSError:
            os._exit(0)


def claim_pipes() -> Pipes:
    """Take stdin and stdout for frames; whatever prints from now on goes to stderr, the log."""
    read_fd, write_fd = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(read_fd, os.O_BINARY)
        msvcrt.setmode(write_fd, os.O_BINARY)
    return Pipes(read_fd, write_fd)


class _Job:
    def __init__(self, request: wire.Request, pipes: Pipes) -> None:
        self.request = request
        self.cancelled = False
        self._pipes = pipes
        self._callbacks: list[Callable[[], None]] = []
        self._notes: list[wire.Note] = []
        self._take: Callable[[wire.Note], None] = self._notes.append
        self._lock = threading.Lock()

    def on_cancel(self, callback: Callable[[], None]) -> None:
        with self._lock:
            if not self.cancelled:
                self._callbacks.append(callback)
                return
        callback()

    def cancel(self) -> None:
        with self._lock:
            callbacks = [] if self.cancelled else self._callbacks
            self.cancelled = True
        for callback in callbacks:
            callback()

    def on_note(self, callback: Callable[[wire.Note], None]) -> None:
        with self._lock:
            for note in self._notes:
                callback(note)
            self._take = callback

    def note(self, note: wire.Note) -> None:
        with self._lock:
            self._take(note)

    def emit(self, data: dict[str, Any], buffers: Sequence[wire.Buffer] = ()) -> None:
        self._pipes.send(wire.Event(self.request.id, data, buffers))


class _Host:
    def __init__(self, pipes: Pipes) -> None:
        self._pipes = pipes
        self._waiting: queue.Queue[_Job | None] = queue.Queue()
        self._jobs: dict[int, _Job] = {}

    # The reader thread.

    def read_for_ever(self) -> None:
        try:
            while (frame := self._pipes.read()) is not None:
                self._receive(frame)
        except wire.WireError as error:
            _log(f"the parent sent something that is no frame: {error}")
        finally:
            self._leave()

    def _receive(self, frame: wire.Frame) -> None:
        match frame:
            case wire.Ping(id):
                self._pipes.send(wire.Pong(id))
            case wire.CancelJob(id):
                if job := self._jobs.get(id):
                    job.cancel()
            case wire.Note(id):
                if job := self._jobs.get(id):
                    job.note(frame)
            case wire.Request():
                self._accept(frame)
            case _:
                raise wire.WireError(f"{type(frame).__name__} is for parents")

    def _accept(self, request: wire.Request) -> None:
        if len(self._jobs) >= QUEUE_LIMIT:
            happened = f"{QUEUE_LIMIT} requests are waiting already."
            self._fail(request.id, EngineError(happened))
            return
        job = self._jobs[request.id] = _Job(request, self._pipes)
        self._waiting.put(job)

    def _leave(self) -> None:
        """The main thread may be inside native code and never come back: it is not waited for."""
        for job in list(self._jobs.values()):
            job.cancel()
        self._waiting.put(None)
        time.sleep(CLOSE_SECONDS)
        os._exit(0)

    # The main thread.

    def run(self, name: str, make_room: Callable[[], Room]) -> None:
        room = self._open(make_room)
        self._pipes.send(wire.Hello(name, __version__, os.getpid()))
        while (job := self._waiting.get()) is not None:
            self._work(room, job)
        room.close()

    def _open(self, make_room: Callable[[], Room]) -> Room:
        try:
            return make_room()
        except Exception as error:
            self._fail(0, error)
            os._exit(1)

    def _work(self, room: Room, job: _Job) -> None:
        request = job.request
        buffers = [memoryview(buffer) for buffer in request.buffers]
        try:
            data, out = room.handle(request.method, request.params, buffers, job)
            self._pipes.send(wire.Reply(request.id, data, out))
        except Exception as error:
            self._fail(request.id, error)
        finally:
            del self._jobs[request.id]

    def _fail(self, id: int, error: Exception) -> None:
        if isinstance(error, EdgeomniError):
            parts = error.code, error.happened, error.works, error.remedy
        else:
            # The outermost loop: a mistake in a room must not cost the model that it has loaded.
            traceback.print_exception(error, file=sys.stderr)
            sys.stderr.flush()
            parts = EngineError.code, f"{type(error).__name__}: {error}"[:500], "", ""
        self._pipes.send(wire.Failure(id, *map(_writable, parts)))


def serve(name: str, make_room: Callable[[], Room], pipes: Pipes) -> NoReturn:
    """Open the room, say hello, and work until the parent closes its pipe. Main thread only.

    The process then ends at once: destructors of native libraries at exit are known to crash.
    """
    host = _Host(pipes)
    threading.Thread(target=host.read_for_ever, name="reader", daemon=True).start()
    host.run(name, make_room)
    os._exit(0)


def _writable(text: str) -> str:
    return spelled(text).encode("utf-8", "replace").decode()


def _log(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
