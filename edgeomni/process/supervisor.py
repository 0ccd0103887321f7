"""Keeps one worker of a kind: starts it when needed, again when it died, and not for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from edgeomni.errors import WorkerDied
from edgeomni.process.death import Exit, manner
from edgeomni.process.restart import RestartPolicy, delay_before_start
from edgeomni.process.worker import Worker, WorkerSpec

__all__ = ["Exit", "RestartPolicy", "Supervisor", "Worker", "WorkerSpec"]


class Supervisor:
    """Hands out the living worker. Safe to use from several threads."""

    def __init__(
        self,
        spec: WorkerSpec,
        policy: RestartPolicy = RestartPolicy(),  # noqa: B008  frozen
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.spec = spec
        self._policy = policy
        self._clock = clock
        self._pause = pause
        self._worker: Worker | None = None
        self._deaths: list[float] = []
        self._lock = threading.Lock()

    @property
    def current(self) -> Worker | None:
        """The worker as it is, living or dead; None before the first."""
        return self._worker

    def worker(self) -> Worker:
        """A living worker; starts one when there is none. Raises WorkerDied."""
        with self._lock:
            if self._worker and self._worker.alive:
                return self._worker
            self._bury()
            self._wait_for_leave()
            self._worker = Worker(self.spec, self._clock)
            self._worker.start()
            return self._worker

    def close(self) -> None:
        with self._lock:
            worker, self._worker = self._worker, None
        if worker:
            worker.close()

    def _bury(self) -> None:
        worker, self._worker = self._worker, None
        if worker and worker.exit and not worker.exit.expected:
            self._deaths.append(worker.exit.at)
            self._last = worker.exit
        if worker:
            worker.close()

    def _wait_for_leave(self) -> None:
        now = self._clock()
        self._deaths = [death for death in self._deaths if now - death < self._policy.window]
        delay = delay_before_start(self._deaths, now, self._policy)
        if delay is None:
            raise self._refusal(now)
        if delay:
            self._pause(delay)

    def _refusal(self, now: float) -> WorkerDied:
        wait = self._policy.window - (now - self._deaths[0])
        room, count = self.spec.room, len(self._deaths)
        error = WorkerDied(
            f"The {room} worker ended {count} times within {self._policy.window:g} s and is not "
            f"started again for now; the last time it {manner(self._last)}.",
            works="Everything that does not need it goes on.",
            remedy=f"Try again in {max(wait, 1):.0f} s; its log says more: {self.spec.log}",
        )
        error.signal, error.status, error.hung = (
            self._last.signal,
            self._last.status,
            self._last.hung,
        )
        return error
