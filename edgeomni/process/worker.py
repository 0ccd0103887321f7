"""One worker process, seen from the parent: started, asked, watched, ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from edgeomni import __version__
from edgeomni.errors import EdgeomniError, InputError, from_code
from edgeomni.ports import Cancel
from edgeomni.process import wire
from edgeomni.process.death import Exit
from edgeomni.process.link import Link, WorkerSpec

__all__ = ["Worker", "WorkerSpec"]

_MAX_SHOWN = 40


class Worker:
    """Not restarted when it dies: that is the Supervisor's part. Calls from any thread."""

    def __init__(self, spec: WorkerSpec, clock: Callable[[], float] = time.monotonic) -> None:
        self.spec = spec
        self._link = Link(spec, clock)

    @property
    def alive(self) -> bool:
        return self._link.process is not None and self._link.exit is None

    @property
    def pid(self) -> int | None:
        return self._link.process.pid if self._link.process else None

    @property
    def exit(self) -> Exit | None:
        """How it ended, once it has."""
        return self._link.exit

    def start(self) -> None:
        """Start the process and wait for its hello. Once. Raises WorkerDied, or what it says."""
        self._link.start()
        try:
            self._await_hello()
        except BaseException:
            self.close()
            raise

    def _await_hello(self) -> None:
        patience = self.spec.start_timeout
        match self._link.door.get(patience):
            case wire.Hello(self.spec.room, version) if version == __version__:
                return
            case wire.Hello(room, version):
                claim = f"'{room[:_MAX_SHOWN]}' of version {version[:_MAX_SHOWN]}"
                self._link.end(f"turned out to be {claim} and was ended")
            case wire.Failure() as failure:
                raise _error(failure)
            case None:
                self._link.end(f"did not start within {patience:g} s and was ended", hung=True)
        raise self._link.death("")

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
        with _Call(self._link, method, cancel, timeout) as call:
            for _ in call.ask(params, buffers):
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
        with _Call(self._link, method, cancel, None) as call:
            for event in call.ask(params, buffers):
                yield event.data, _views(event)
            return call.reply.data

    @contextmanager
    def dialogue(
        self,
        method: str,
        params: Mapping[str, Any],
        *,
        cancel: Cancel | None = None,
        silence: float | None = None,
    ) -> Iterator[Dialogue]:
        """Ask something that both sides go on talking about; leaving early cancels it.

        A worker that tells nothing for ``silence`` seconds is ended, though it may answer pings:
        native code hangs. Raises as ``call`` does.
        """
        with _Call(self._link, method, cancel, None, silence) as call:
            yield Dialogue(call, params)

    def close(self) -> None:
        """Let it end by itself, then make it end. Idempotent; no process or thread remains."""
        self._link.close()


class Dialogue:
    """A request with notes on the way there and events on the way back."""

    def __init__(self, call: _Call, params: Mapping[str, Any]) -> None:
        self._call = call
        self._params = params

    def events(self) -> Iterator[tuple[dict[str, Any], list[memoryview]]]:
        """Sends the request at the first ``next``, and ends with the reply. Raises as ``call``."""
        for event in self._call.ask(self._params, ()):
            yield event.data, _views(event)

    def tell(self, data: Mapping[str, Any], buffers: Sequence[wire.Buffer] = ()) -> None:
        """From any thread, once an event was there; never blocks. A worker that is gone hears
        nothing. Raises WireError beyond the limits.
        """
        self._call.tell(data, buffers)


class _Call:
    """One request on its way."""

    reply: wire.Reply
    """Once ``ask`` has been iterated over to its end."""

    def __init__(
        self,
        link: Link,
        method: str,
        cancel: Cancel | None,
        timeout: float | None,
        silence: float | None = None,
    ) -> None:
        self._link = link
        self._method = method
        self._cancel = cancel
        self._timeout = timeout
        self._silence = silence
        self._answered = False
        self._unsubscribe: Callable[[], None] = lambda: None

    def __enter__(self) -> _Call:
        self._id, self._inbox = self._link.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._unsubscribe()
        if not self._answered:
            self._ask_to_stop()
        self._link.forget(self._id)

    def ask(
        self, params: Mapping[str, Any], buffers: Sequence[wire.Buffer]
    ) -> Iterator[wire.Event]:
        """Send the request and iterate over its events."""
        self._send(wire.Request(self._id, self._method, dict(params), buffers))
        if self._cancel:
            self._unsubscribe = self._cancel.subscribe(self._ask_to_stop)
        deadline = time.monotonic() + (self._timeout or float("inf"))
        while True:
            frame = self._next(min(deadline, time.monotonic() + (self._silence or float("inf"))))
            if isinstance(frame, wire.Event):
                yield frame
                continue
            self._answered = True
            match frame:
                case wire.Reply():
                    self.reply = frame
                    return
                case wire.Failure():
                    raise _error(frame)
            raise self._link.death(self._method)

    def tell(self, data: Mapping[str, Any], buffers: Sequence[wire.Buffer]) -> None:
        self._link.post(wire.Note(self._id, dict(data), buffers))

    def _send(self, request: wire.Request) -> None:
        try:
            self._link.post(request)
        except wire.WireError as error:
            self._answered = True
            raise InputError(
                f"This cannot be handed to the {self._link.spec.room} worker: {error}.",
                works="Nothing was lost.",
                remedy="Give it a shorter text or smaller pictures.",
            ) from error

    def _ask_to_stop(self) -> None:
        self._link.post(wire.CancelJob(self._id))

    def _next(self, deadline: float) -> wire.Frame | Exit:
        heartbeat = self._link.spec.heartbeat
        while (left := deadline - time.monotonic()) > 0:
            if frame := self._inbox.get(min(heartbeat, left)):
                return frame
            if left > heartbeat:
                self._link.check_pulse()
        late = f"did not finish within {self._timeout:g} s" if self._timeout else ""
        late = late or f"told nothing for {self._silence:g} s"
        self._link.end(f"{late} and was ended", hung=True)
        raise self._link.death(self._method)


def _views(frame: wire.Event | wire.Reply) -> list[memoryview]:
    return [memoryview(buffer) for buffer in frame.buffers]


def _error(failure: wire.Failure) -> EdgeomniError:
    return from_code(failure.code, failure.happened, works=failure.works, remedy=failure.remedy)
