"""Where Whisper runs: on a GPU only once a process that can be spared has shown that it does.

The verdict is remembered for as long as GPU, driver and libraries stay what they are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from edgeomni import paths
from edgeomni.errors import EdgeomniError, EngineError, ModelError, UsageError, WorkerDied
from edgeomni.process.worker import Worker, WorkerSpec
from edgeomni.regular import read_up_to, write_whole
from edgeomni.settings import ListenDevice

Place = Literal["cpu", "cuda"]
Tell = Callable[[str], None]

_PATIENCE = 60.0
"""Seconds for a trial: a driver's first use of a new GPU compiles for it."""
_DRIVER_PATIENCE = 20.0
"""Seconds for a driver to say what there is: it wakes one GPU after the other."""
_MOST_BYTES = 1 << 16
_FILE = "whisper-gpu.json"
_TRACES = (
    "/dev/nvidiactl",
    "/dev/nvmap",  # of Tegra
    "/dev/dxg",  # of Linux within Windows
    "C:/Windows/System32/nvcuda.dll",
)
"""What an NVIDIA driver is met by; where nothing of it is, no process is started to ask one."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a trial."""

    works: bool
    reason: str = ""


class Processor:
    """Chooses once; a GPU that fails later is not used again."""

    def __init__(
        self, spec: WorkerSpec, wish: ListenDevice, tell: Tell, memory: Path | None = None
    ) -> None:
        """``spec`` is that of the worker that would run Whisper; ``tell`` takes a line for the
        user; ``memory`` is the file of the last verdict, by default in the folder for caches.
        """
        self._spec = replace(spec, log=spec.log.with_name("speech-gpu.log"))
        self._wish = wish
        self._tell = tell
        self._memory = memory or paths.cache_dir() / _FILE
        self._key = ""
        self._chosen: Place | None = None

    def choose(self, model: Path) -> Place:
        """``model`` is tried where there is a GPU. Raises nothing: there is always a processor."""
        if self._chosen is None:
            self._chosen = "cpu" if self._wish == "cpu" else self._choice(model)
        return self._chosen

    def give_up(self, error: EdgeomniError) -> None:
        """The GPU has failed at work; what ended a process is remembered, and may be told again."""
        self._chosen, again = "cpu", ""
        if isinstance(error, WorkerDied):
            self._remember(Verdict(False, error.happened))
            again = " It stays so; --listen-device cuda tries the GPU again."
        self._tell(
            f"Work on the GPU failed; speech is understood on the processor now. "
            f"{error.happened}{again}"
        )

    def _choice(self, model: Path) -> Place:
        spare = Worker(self._spec)
        try:
            self._key = self._asked(spare) if may_have_gpu() else ""
            if self._key:
                # Who asks for it by name may have installed what was missing.
                known = None if self._wish == "cuda" else remembered(self._memory, self._key)
                return "cuda" if (known or self._tried(spare, model)).works else "cpu"
        except ModelError:
            return "cpu"  # it will be met again on the processor, and told there
        except EngineError as error:
            self._tell(
                f"Speech is understood on the processor, because the GPU's driver could not be "
                f"asked: {error.happened} --listen-device cpu does not ask it."
            )
            return "cpu"
        finally:
            spare.close()
        if self._wish == "cuda":
            self._tell("Speech is understood on the processor: there is no CUDA GPU for it.")
        return "cpu"

    def _asked(self, spare: Worker) -> str:
        """What ``accelerator`` says. Raises WorkerDied for a driver that hangs or crashes."""
        spare.start()
        data, _ = spare.call("accelerator", {}, timeout=_DRIVER_PATIENCE)
        return str(data["accelerator"])

    def _tried(self, spare: Worker, model: Path) -> Verdict:
        try:
            spare.call("try_gpu", {"model": os.fsencode(model)}, timeout=_PATIENCE)
            verdict = Verdict(True)
        except EngineError as error:
            verdict = Verdict(False, error.happened)
            self._tell(
                f"Speech is understood on the processor, because the GPU cannot be used for it: "
                f"{error.happened} --listen-device cuda tries again."
            )
        self._remember(verdict)
        return verdict

    def _remember(self, verdict: Verdict) -> None:
        told = {"gpu": self._key, "works": verdict.works, "reason": verdict.reason}
        with suppress(OSError, UsageError):  # then it is found out again the next time
            paths.create(self._memory.parent)
            write_whole(self._memory, [json.dumps(told).encode()])


def on_cpu(spec: WorkerSpec) -> Processor:
    """No GPU is looked for."""
    return Processor(spec, "cpu", lambda text: None)


def may_have_gpu() -> bool:
    """Whether it is worth asking, from files alone: a driver may hang or crash."""
    return any(map(os.path.exists, _TRACES))


def remembered(memory: Path, key: str) -> Verdict | None:
    """The verdict on exactly this GPU, driver and libraries; None where there is none."""
    try:
        told = json.loads(read_up_to(memory, _MOST_BYTES) or b"")
    except (OSError, ValueError):
        return None
    if not isinstance(told, dict) or told.get("gpu") != key:
        return None
    works, reason = told.get("works"), told.get("reason")
    return Verdict(works, str(reason)) if isinstance(works, bool) else None
