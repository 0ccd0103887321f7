"""Cancelling a running encoder."""

from __future__ import annotations

import time
from collections.abc import Callable

from llama_cpp import llama_cpp as lib


class Pulse:
    """Lets a running encoder be cancelled: ggml asks after some graph nodes whether to go on.

    libmtmd has no abort callback, but its evaluation callback may end the graph. Every observed
    node costs a synchronisation, so the stride adapts until observations are 5 to 20 ms apart.
    """

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self._cancelled = cancelled
        self._stride = 1
        self._skipped = 0
        self._last = 0.0
        self.callback = lib.ggml_backend_sched_eval_callback(self._observe)

    def begin(self) -> None:
        self._skipped, self._last = 0, time.perf_counter()

    def _observe(self, _tensor: object, asking: bool, _data: object) -> bool:
        if asking:
            self._skipped += 1
            return self._skipped >= self._stride
        now = time.perf_counter()
        if now - self._last < 0.005:
            self._stride = min(self._stride * 2, 256)
        elif now - self._last > 0.020:
            self._stride = max(self._stride // 2, 1)
        self._skipped, self._last = 0, now
        return not self._cancelled()
