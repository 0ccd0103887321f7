"""The parent's side of the ears: sends sounds to the speech worker, and gets words."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edgeomni import paths
from edgeomni.errors import AbilityMissing, EngineError, ModelError
from edgeomni.ports import Cancel
from edgeomni.process.supervisor import Supervisor
from edgeomni.process.worker import WorkerSpec
from edgeomni.speech.ears.windows import behind
from edgeomni.speech.processor import Processor, on_cpu
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
        self,
        model: Callable[[], Path],
        log: Path | None = None,
        *,
        threads: int = 1,
        processor: Callable[[WorkerSpec], Processor] = on_cpu,
    ) -> None:
        """``model`` gives the folder of a Whisper model, and is asked once speech was found.

        ``log`` is by default ``speech.log`` in the folder for state; ``processor`` decides where
        Whisper runs.
        """
        spec = WorkerSpec("speech", log or paths.state_dir() / "speech.log", env=ENVIRONMENT)
        self._supervisor = Supervisor(spec)
        self._processor = processor(spec)
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
        left = list(found)
        while left:
            worker = self._supervisor.worker()
            device = self._processor.choose(self._folder)
            params: dict[str, Any] = {"rate": clip.rate, "language": language, "device": device}
            params |= {"model": os.fsencode(self._folder), "threads": self._threads}
            params["speech"] = [asdict(span) for span in left]
            try:
                for data, _ in worker.stream("transcribe", params, [clip.samples], cancel=cancel):
                    left = behind(left, data["done"])
                    yield from (Segment(**said) for said in data["segments"])
                    if progress:
                        progress(data["done"])
                return
            except (EngineError, ModelError) as error:
                if device == "cpu" or isinstance(error, AbilityMissing):
                    raise
                # The processor goes on where the GPU failed.
                self._processor.give_up(error)

    def close(self) -> None:
        self._supervisor.close()
