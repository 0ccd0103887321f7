"""The parent's side of the ears: sends sounds to the speech worker, and gets words."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edgeomni import paths
from edgeomni.ports import Cancel
from edgeomni.process.supervisor import Supervisor
from edgeomni.process.worker import WorkerSpec
from edgeomni.values import AudioClip, Segment, Span

_TIMEOUT = 60.0
"""Seconds to find the speech in one clip; an hour takes ten."""
ENVIRONMENT = {
    # A second thread only spins here: it doubles the time on the processor and saves none.
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    # Every window takes and frees the same hundreds of megabytes: glibc is to keep them.
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "HF_HUB_OFFLINE": "1",
}
"""Of the speech worker."""


class EarsWorker:
    """Ears in a process of their own, started at the first sound. Implements ``Ears``."""

    def __init__(
        self, model: Callable[[], Path], log: Path | None = None, *, threads: int = 1
    ) -> None:
        """``model`` gives the folder of a Whisper model, and is asked once speech was found.

        ``log`` is by default ``speech.log`` in the folder for state.
        """
        spec = WorkerSpec("speech", log or paths.state_dir() / "speech.log", env=ENVIRONMENT)
        self._supervisor = Supervisor(spec)
        self._model = model
        self._folder: Path | None = None
        self._threads = threads

    def speech(self, clip: AudioClip) -> list[Span]:
        data, _ = self._supervisor.worker().call(
            "speech", {"rate": clip.rate}, [clip.samples], timeout=_TIMEOUT
        )
        return [Span(**span) for span in data["speech"]]

    def transcribe(
        self,
        clip: AudioClip,
        speech: Sequence[Span] | None = None,
        *,
        language: str = "",
        progress: Callable[[float], None] | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[Segment]:
        found = self.speech(clip) if speech is None else speech
        if not found:
            return
        self._folder = self._folder or self._model()
        params: dict[str, Any] = {"rate": clip.rate, "language": language}
        params |= {"model": os.fsencode(self._folder), "threads": self._threads}
        params["speech"] = [asdict(span) for span in found]
        worker = self._supervisor.worker()
        for data, _ in worker.stream("transcribe", params, [clip.samples], cancel=cancel):
            yield from (Segment(**said) for said in data["segments"])
            if progress:
                progress(data["done"])

    def close(self) -> None:
        self._supervisor.close()
