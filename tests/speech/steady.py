"""Tests that measure time by real devices, on machines that may be busy with something else."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from typing import ParamSpec

import pytest

P = ParamSpec("P")

_BEAT = 0.005
_BORNE = 0.02
"""Seconds by which a thread may wake late: two thirds of what a device has in store."""


class Metronome:
    """Sleeps a little, again and again, and knows by how much it was woken too late."""

    def __init__(self) -> None:
        self.latest = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat)

    def __enter__(self) -> Metronome:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._over.is_set():
            before = time.monotonic()
            time.sleep(_BEAT)
            self.latest = max(self.latest, time.monotonic() - before - _BEAT)


def by_the_clock(test: Callable[P, None]) -> Callable[P, None]:
    """A failure on a machine that was held up meanwhile says nothing, and becomes a skip."""

    @functools.wraps(test)
    def watched(*args: P.args, **kwargs: P.kwargs) -> None:
        with Metronome() as metronome:
            try:
                test(*args, **kwargs)
            except AssertionError as error:
                failure = error
            else:
                return
        if metronome.latest > _BORNE:
            pytest.skip(f"the machine was held up for {1000 * metronome.latest:.0f} ms: {failure}")
        raise failure

    return watched
