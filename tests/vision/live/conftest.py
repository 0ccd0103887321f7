"""Sights of real sources, in real workers."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from edgeomni.ports import Sight
from edgeomni.process.worker import WorkerSpec
from edgeomni.values import Fit
from edgeomni.vision.live.client import SightWish, WorkerSight
from edgeomni.watch_events import Event, Picture
from tests.vision.live.cameras import Camera

CHILD = Path(__file__).with_name("child.py")
PATIENCE = 20.0
"""Seconds for anything, on a busy machine."""
E = TypeVar("E")


class Watched:
    """A sight, with all that it told so far."""

    def __init__(self, sight: Sight) -> None:
        self.sight = sight
        self.events: list[Event] = []
        self.times: list[float] = []
        self.error: Exception | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        try:
            for event in self.sight.events():
                with self._changed:
                    self.events.append(event)
                    self.times.append(time.monotonic())
                    self._changed.notify_all()
        except Exception as error:
            self.error = error
        with self._changed:
            self._changed.notify_all()

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def wait(self, kind: type[E], number: int = 1, meets: Callable[[E], bool] = bool) -> E:
        """The event of that kind, once there have been so many."""

        def there() -> bool:
            return len(self._meeting(kind, meets)) >= number or not self._thread.is_alive()

        with self._changed:
            self._changed.wait_for(there, PATIENCE)
        found = self._meeting(kind, meets)
        assert len(found) >= number, f"{kind.__name__} {number}: {self.error} {self.events[-12:]}"
        return found[number - 1]

    def _meeting(self, kind: type[E], meets: Callable[[E], bool]) -> list[E]:
        return [event for event in self.all(kind) if meets is bool or meets(event)]

    def end(self) -> Exception | None:
        """Wait until the events end; what they ended with."""
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        return self.error

    def newest(self, fit: Fit = Fit()) -> Picture:  # noqa: B008  frozen
        """The newest picture, once there is one."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if found := self.sight.newest(fit):
                return found
        raise AssertionError(f"no picture: {self.error} {self.events[-12:]}")

    def close(self) -> None:
        self.sight.close()
        self._thread.join(PATIENCE)


Watch = Callable[..., Watched]


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    """Watches an address; nothing of it remains after the test."""
    before = set(threading.enumerate())
    made: list[Watched] = []

    def start(address: str, *, faults: str = "", env: dict[str, str] | None = None, **wish: Any):
        command = (sys.executable, "-P", os.fspath(CHILD))
        environment = {"EDGEOMNI_FAULTS": faults, **(env or {})}
        spec = WorkerSpec("sight", tmp_path / "sight.log", environment, command=command)
        made.append(Watched(WorkerSight(spec, SightWish(address, **wish))))
        return made[-1]

    yield start
    for each in made:
        each.close()
    assert set(threading.enumerate()) <= before


@pytest.fixture
def camera() -> Iterator[Camera]:
    """A camera in the network, on this machine."""
    with Camera() as made:
        yield made
