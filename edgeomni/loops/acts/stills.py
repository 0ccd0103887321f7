"""Frames as pictures in a folder."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Full, Queue

from edgeomni.errors import EdgeomniError
from edgeomni.regular import write_whole
from edgeomni.values import Image

_WAITING = 4
"""Pictures that may wait to be encoded: 3 MB each at 720p."""

_PATIENCE = 10.0
"""Seconds; a picture takes a tenth of one."""


class Stills:
    """Saves pictures as PNG, on a thread of its own, readable by their owner alone."""

    def __init__(
        self, folder: Path, encode: Callable[[Image], bytes], tell: Callable[[str], None]
    ) -> None:
        """``encode`` may raise EdgeomniError; ``tell`` takes a line for the user."""
        self._folder, self._encode, self._tell = folder, encode, tell
        self._waiting = Queue[tuple[str, Image] | None](_WAITING)
        self._last = self._failed = ""
        self._thread = threading.Thread(target=self._run, name="stills", daemon=True)
        self._thread.start()

    def add(self, name: str, image: Image) -> None:
        """Under ``name.png``; never waits. The same name twice in a row is one picture."""
        if name == self._last:
            return
        self._last = name
        try:
            self._waiting.put_nowait((name, image))
        except Full:
            self._note("Pictures come faster than they can be saved: some are left out.")

    def close(self) -> None:
        """Waits for what was added, within the time that it may take."""
        with suppress(Full):
            self._waiting.put(None, timeout=_PATIENCE)
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        while (given := self._waiting.get()) is not None:
            name, image = given
            try:
                write_whole(self._folder / f"{name}.png", [self._encode(image)], mode=0o600)
                self._failed = ""
            except EdgeomniError as error:
                self._note(f"A picture could not be saved: {error.happened}")
            except (OSError, ValueError) as error:
                why = getattr(error, "strerror", None) or error
                self._note(f"Pictures cannot be saved in {self._folder} at present: {why}.")

    def _note(self, why: str) -> None:
        """The same is told once in a row."""
        if why != self._failed:
            self._failed = why
            self._tell(f"{why} The watch goes on.")
