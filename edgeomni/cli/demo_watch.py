"""The step of the demo that watches: a folder stands for the camera, and pictures come into it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from edgeomni import paths
from edgeomni.build import Home
from edgeomni.cli.demo_step import Played, Step
from edgeomni.cli.output import Screen, seconds
from edgeomni.cli.record import Outcome
from edgeomni.cli.watch_faces import Face
from edgeomni.cli.watch_flags import WatchWish
from edgeomni.cli.watch_lead import after, lead, stopper
from edgeomni.errors import EdgeomniError, MediaError
from edgeomni.loops.watch.told import Caption
from edgeomni.values import Receipt

WATCHED = Step("watch", "a camera, for which a folder stands: what is there, and what is new")
_PICTURES = ("media/red-circle.png", "media/square-and-heart.png")
"""What comes, each once the one before it was described."""
_PATIENCE = 120.0
"""Seconds for all; large models take their time."""


class Witness(Face):
    """Puts the next picture in front of the camera, until all were described."""

    def __init__(self, screen: Screen, folder: Path, stop: Callable[[], None]) -> None:
        """Raises MediaError when there is no first picture to put there."""
        super().__init__(screen)
        self._folder, self._stop = folder, stop
        self._left = list(_PICTURES)
        self._began = time.perf_counter()
        self.captions: list[str] = []
        self.first = 0.0
        """Milliseconds from the beginning until the first caption."""
        self.receipt: Receipt | None = None
        """Of the last."""
        self.error: EdgeomniError | None = None

    def show_next(self) -> None:
        name = self._left.pop(0)
        path = paths.shipped(name)
        if path is None:
            remedy = "Install edgeomni again."
            raise MediaError(f"The picture {name} is missing.", remedy=remedy)
        shutil.copy(path, self._folder / path.name)

    def caption(self, caption: Caption) -> None:
        self.first = self.first or (time.perf_counter() - self._began) * 1000
        self.captions.append(caption.text)
        self.receipt = caption.receipt
        if not self._left:
            self._stop()
            return
        try:
            self.show_next()
        except (EdgeomniError, OSError) as error:
            self.failed(error if isinstance(error, EdgeomniError) else MediaError(str(error)))

    def failed(self, error: EdgeomniError) -> None:
        self.error = error
        self._stop()


def watch_step(
    home: Home, screen: Screen, number: int, announce: Callable[[int, Step], None]
) -> Played:
    """``announce`` is told that it comes."""
    announce(number, WATCHED)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="edgeomni-") as name, ExitStack() as stack:
        witness = Witness(screen, Path(name), lambda: stop())
        witness.show_next()
        loop = lead(home, WatchWish(name), witness)
        stop = stack.enter_context(stopper(loop.stop))
        stack.enter_context(after(_PATIENCE, stop))
        try:
            loop.run()
        except EdgeomniError as error:
            witness.error = error
    took = (time.perf_counter() - began) * 1000
    told = "\n".join(filter(None, witness.captions))
    receipt = None if witness.error else witness.receipt or Receipt()
    facts = f"first words after {seconds(witness.first)} · {len(witness.captions)} looks"
    outcome = Outcome(text=told, error=witness.error, receipt=receipt)
    return Played(WATCHED, outcome, took, facts=f"{facts} in {seconds(took)}")
