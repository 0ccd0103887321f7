"""The parent's side of a live source: events from the worker, wishes to it, its end if it hangs.

The worker gives signs of life unless native code hangs in it. One that gives none is killed, and
started again after pauses that grow.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from edgeomni import paths
from edgeomni.errors import EdgeomniError, MediaError, WorkerDied
from edgeomni.process.restart import RestartPolicy
from edgeomni.process.supervisor import Supervisor
from edgeomni.process.worker import Dialogue, WorkerSpec
from edgeomni.values import Fit
from edgeomni.vision.client import ENVIRONMENT
from edgeomni.vision.live.outbox import Outbox
from edgeomni.vision.live.redact import shown
from edgeomni.vision.live.watchdog import Pauses
from edgeomni.watch_events import Back, Event, Lost, Opened, Picture, Seen, unpacked

SILENCE = 3.0
"""Seconds without a sign of life after which the worker is killed."""
_ANSWER = 1.0
"""Seconds that a picture for a question may take: making one takes some thousandths."""
_ALIVE = 1.5
"""Seconds after a sign of life for which the worker is asked at all."""
_TEST = ("test", "camera:test")
_POLICY = RestartPolicy(delays=(0.0,) * 64)
"""The pauses between starts are this room's own, and it tries for as long as it is watched."""


@dataclass(frozen=True, slots=True)
class SightWish:
    """What is to be watched, and when it is worth a look; see ``GateRules``."""

    address: str = field(repr=False)
    fit: Fit = Fit()  # noqa: RUF009  frozen
    """Of the pictures of looks."""
    sensitivity: float = 0.5
    """From 0 to 1."""
    least: float = 1.0
    """Seconds between two looks, at least."""
    most: float | None = None
    """Seconds after which there is a look though nothing changed; None for never."""
    mask: Sequence[tuple[float, float, float, float]] = ()
    """Parts that are not looked at: left, top, right, bottom, in shares of the sides."""
    fast: bool = False
    """Read a file as fast as it can be."""

    @property
    def rules(self) -> dict[str, Any]:
        """As they travel to the worker."""
        names = ("sensitivity", "least", "most")
        return {name: getattr(self, name) for name in names} | {"mask": [*map(list, self.mask)]}


def sight_spec(log: Path | None = None) -> WorkerSpec:
    """``log`` is by default ``sight.log`` in the folder for state."""
    return WorkerSpec("sight", log or paths.state_dir() / "sight.log", env=ENVIRONMENT)


class WorkerSight:
    """One live source in a worker of its own. Implements ``Sight``."""

    def __init__(self, spec: WorkerSpec, wish: SightWish) -> None:
        self._supervisor = Supervisor(spec, _POLICY)
        self._wish = wish
        self._outbox = Outbox(every=wish.fast)
        self._thread = threading.Thread(target=self._live, name="sight", daemon=True)
        self._dialogue: Dialogue | None = None
        self._questions: dict[int, SimpleQueue[Picture | None]] = {}
        self._ids = itertools.count(1)
        self._closed = threading.Event()
        self._paused = False
        self._began = time.monotonic()
        self._opened = self._lost = False
        self._number = 0
        self._heard = 0.0
        self._pauses = Pauses()

    def events(self) -> Iterator[Event]:
        self._began = time.monotonic()
        self._thread.start()
        try:
            yield from self._outbox.taken()
        finally:
            self.close()

    def newest(self, fit: Fit) -> Picture | None:
        dialogue = self._dialogue
        alive = time.monotonic() - self._heard < _ALIVE
        if dialogue is None or self._lost or self._paused or not alive:
            return None
        id, found = next(self._ids), SimpleQueue[Picture | None]()
        self._questions[id] = found
        try:
            dialogue.tell({"do": "newest", "id": id, "fit": asdict(fit)})
            return found.get(timeout=_ANSWER)
        except Empty:  # it hangs, which will be found out
            return None
        finally:
            del self._questions[id]

    def pause(self, on: bool) -> None:
        self._paused = on
        if dialogue := self._dialogue:
            dialogue.tell({"do": "pause", "on": on})

    def close(self) -> None:
        self._closed.set()
        self._supervisor.close()
        self._outbox.close()
        if self._thread.ident and threading.current_thread() is not self._thread:
            self._thread.join()

    # ── the thread that listens to the worker ────────────────────────────────────────────────────

    def _live(self) -> None:
        try:
            while not self._closed.is_set():
                try:
                    self._listen()
                    break
                except WorkerDied as death:
                    self._bury(death)
        except EdgeomniError as error:
            self._outbox.close(None if self._closed.is_set() else error)
        self._outbox.close()

    def _listen(self) -> None:
        """Until the source is over. Raises EdgeomniError."""
        worker = self._supervisor.worker()
        if self._closed.is_set():  # meanwhile
            self._supervisor.close()
            return
        paused = self._paused
        with worker.dialogue("watch", self._params(paused), silence=SILENCE) as dialogue:
            try:
                for data, pixels in dialogue.events():
                    if self._dialogue is None:
                        self._dialogue = dialogue
                        if paused != self._paused:  # too early to be told
                            self.pause(self._paused)
                    self._take(data, pixels)
            finally:
                self._dialogue = None

    def _params(self, paused: bool) -> Mapping[str, Any]:
        wish = self._wish
        return {
            "address": os.fsencode(_absolute(wish.address)),
            "rules": wish.rules,
            "wish": {
                "fit": asdict(wish.fit),
                "fast": wish.fast,
                "began": self._began,
                "number": self._number,
                "again": self._opened,
                "paused": paused,
            },
        }

    def _take(self, data: Mapping[str, Any], pixels: Sequence[memoryview]) -> None:
        if "answer" in data:
            self._answer(data["answer"], data.get("picture"), pixels)
            return
        event = unpacked(data, pixels)
        self._heard = time.monotonic()
        match event:
            case Picture():
                return
            case Opened():
                self._opened = True
            case Seen():
                self._number = max(self._number, event.number)
            case Lost():
                if self._lost:
                    return
                self._lost = True
            case Back():
                self._lost = False
        if self._opened and not self._lost:
            self._pauses.held(time.monotonic())
        self._outbox.put(event)

    def _answer(
        self, id: int, picture: Mapping[str, Any] | None, pixels: Sequence[memoryview]
    ) -> None:
        found = unpacked(picture, pixels) if picture else None
        if waiting := self._questions.get(id):
            waiting.put(found if isinstance(found, Picture) and not self._lost else None)

    def _bury(self, death: WorkerDied) -> None:
        """Wait until it is time to start again. Raises MediaError where that is of no use."""
        if self._closed.is_set():
            return
        error = self._blame(death)
        timed = Path(self._wish.address).is_file() or self._wish.address in _TEST
        if not self._opened or timed:
            raise error from death
        if not self._lost:
            self._lost = True
            at = time.monotonic() - self._began
            self._outbox.put(Lost(at, error.code, f"{error.happened} {error.remedy}"))
        self._closed.wait(self._pauses.after_loss())

    def _blame(self, death: WorkerDied) -> MediaError:
        name, works = shown(self._wish.address), "Everything else goes on."
        if death.hung:
            happened = f"{name} is blocked: it gives neither a picture nor an error."
            remedy = "Connect it again, or restart the camera, if it does not come back by itself."
            return MediaError(happened, works=works, remedy=remedy, code="blocked")
        happened = f"The driver or decoder of {name} crashed."
        remedy = "It is tried again by itself." if self._opened else f"Try again. {death}"
        return MediaError(happened, works=works, remedy=remedy, code="crashed")


def _absolute(address: str) -> str:
    """The worker may have been started in another folder."""
    return os.path.abspath(address) if Path(address).exists() else address
