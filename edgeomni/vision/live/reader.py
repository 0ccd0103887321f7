"""Reads a source on a thread of its own, so that one that blocks does not block the worker."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import av

from edgeomni.errors import EdgeomniError, EngineError
from edgeomni.faults import Faults
from edgeomni.vision.live import trouble
from edgeomni.vision.live.address import Source
from edgeomni.vision.live.footage import Footage, footage
from edgeomni.vision.live.redact import Redactor
from edgeomni.vision.live.shot import Errand, Shot, Slot


class Reader:
    """A source from its opening to its closing. Once."""

    def __init__(
        self,
        source: Source,
        bell: threading.Event,
        *,
        fast: bool = False,
        faults: Faults = Faults(),  # noqa: B008  none
        film: Footage = footage,
    ) -> None:
        """``bell`` rings when something came. ``fast`` is for files: as fast as they are taken."""
        self._film = film
        self._source = source
        self._slot = Slot(bell, lockstep=fast)
        self._errand = Errand(time.monotonic, faults)
        self._fast = fast
        self._thread = threading.Thread(target=self._read, name="source", daemon=True)
        self._thread.start()

    def take(self) -> Shot | None:
        """The newest shot that was not taken yet, now."""
        return self._slot.take()

    @property
    def ended(self) -> bool:
        """No more will come; see ``error``."""
        return self._slot.ended

    @property
    def error(self) -> EdgeomniError | None:
        """Why it ended; None at the end of a file."""
        return self._slot.error

    @property
    def stuck(self) -> bool:
        """It waits for native code that should have come back."""
        return self._errand.stuck

    @property
    def closed(self) -> bool:
        return not self._thread.is_alive()

    @property
    def dropped(self) -> int:
        """Frames so far that nobody took before there were newer ones."""
        return self._slot.dropped

    @property
    def damaged(self) -> int:
        """Frames so far that could not be decoded."""
        return self._slot.damaged

    def hold(self, *, on: bool) -> None:
        """Have a source with a clock of its own wait, or go on."""
        self._errand.hold(on=on)

    def stop(self) -> None:
        """Have the source closed soon: see ``closed``."""
        self._errand.stop()
        self._slot.close()

    def _read(self) -> None:
        error: EdgeomniError | None = None
        try:
            with closing(self._film(self._source, self._errand, self._slot, self._fast)) as shots:
                for shot in shots:
                    self._slot.put(shot)
                    if self._errand.stopped:
                        break
        except EdgeomniError as said:
            error = said
        except (av.FFmpegError, MemoryError) as failed:
            error = trouble.ended(self._source, failed)
        except Exception as mistake:  # the outermost loop of a thread
            words = f"{type(mistake).__name__}: {mistake}"[:300]
            error = EngineError(self._redacted(words))
        self._slot.end(error)

    def _redacted(self, text: str) -> str:
        device = self._source.device
        return Redactor(device.file)(text) if device else text
