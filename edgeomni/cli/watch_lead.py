"""From what the flags ask for to the watch that does it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from edgeomni.build import Home
from edgeomni.cli.watch_flags import WatchWish
from edgeomni.looking import fit_for
from edgeomni.loops.watch.loop import WatchLoop
from edgeomni.loops.watch.plan import WatchPlan
from edgeomni.loops.watch.telling import Telling
from edgeomni.loops.watch.told import WatchFace
from edgeomni.vision.live.client import SightWish


class Watching(Protocol):
    """A watch; all but ``run`` from any thread."""

    def run(self) -> None:
        """Until the source ends or ``stop``. Raises EdgeomniError."""
        ...

    def ask(self, text: str) -> None: ...

    def pause(self, on: bool) -> None: ...

    def stop(self) -> None: ...


def lead(home: Home, wish: WatchWish, face: WatchFace) -> WatchLoop:
    """The watch, not begun yet."""
    fit = fit_for(home.settings.detail.value)
    told = Telling(wish.preset, wish.prompt, wish.schema, plain=home.plain)
    plan = WatchPlan(
        told,
        captions=wish.captions,
        conditions=wish.conditions,
        asking=wish.asking,
        fit=fit,
        max_latency=wish.max_latency,
        every=wish.least,
        every_look=wish.fast,
    )
    sight = home.make_sight(
        SightWish(
            wish.address,
            fit,
            sensitivity=wish.sensitivity,
            least=wish.least,
            most=wish.most,
            mask=wish.mask,
            fast=wish.fast,
        )
    )
    options = home.settings.options()
    return WatchLoop(sight, home.engine, home.assistant, options, face, plan)


@contextmanager
def stopper(stop: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """A wish to stop that may come from a signal handler, or out of the watch itself: closing a
    source takes its time.
    """
    asked = threading.Event()
    over = threading.Event()

    def wait() -> None:
        asked.wait()
        if not over.is_set():
            stop()

    thread = threading.Thread(target=wait, name="stop", daemon=True)
    thread.start()
    try:
        yield asked.set
    finally:
        over.set()
        asked.set()
        thread.join()


@contextmanager
def after(seconds: float, act: Callable[[], None]) -> Iterator[None]:
    """Inside, ``act`` is called on another thread once that time has passed."""
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
