"""The parent's side of a hotkey."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from edgeomni.errors import EdgeomniError, WorkerDied
from edgeomni.hotkey.names import Combination
from edgeomni.ports import KeyMove
from edgeomni.process.supervisor import Supervisor
from edgeomni.process.worker import Worker, WorkerSpec


class HotkeyWorker:
    """Implements ``Hotkey``: in a process of its own, which is started again when it crashes."""

    def __init__(self, spec: WorkerSpec, keys: Combination) -> None:
        self._supervisor = Supervisor(spec)
        self._params = {"keys": [sorted(names) for names in keys.called]}
        self._closed = False

    def moves(self) -> Iterator[KeyMove | Literal["ready"]]:
        begun = held = False
        while (worker := self._worker()) is not None:
            try:
                for move in self._told(worker):
                    begun, held = True, move == "press"
                    yield move
            except EdgeomniError as error:
                if self._closed:
                    return
                if held:
                    yield "release"
                if not (begun and isinstance(error, WorkerDied)):
                    raise
                held = False

    def _worker(self) -> Worker | None:
        """None once it is closed. Raises WorkerDied when it is not started again."""
        if self._closed:
            return None
        worker = self._supervisor.worker()
        if self._closed:  # meanwhile
            self._supervisor.close()
            return None
        return worker

    def _told(self, worker: Worker) -> Iterator[KeyMove | Literal["ready"]]:
        with worker.dialogue("watch", self._params) as dialogue:
            for data, _ in dialogue.events():
                yield data["move"]

    def close(self) -> None:
        self._closed = True
        self._supervisor.close()
