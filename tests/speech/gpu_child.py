"""The real speech room on a machine with a GPU that is not there, and a Whisper that is not real.

The arguments say how the GPU behaves: when it is tried, at the second window that it is at work,
and when its driver is asked.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, os.fspath(Path(__file__).resolve().parents[2]))

import ctranslate2

from edgeomni.process.__main__ import behave
from edgeomni.process.host import claim_pipes, serve
from edgeomni.speech import accelerator
from edgeomni.speech.ears import whisper
from edgeomni.speech.worker import make_room
from edgeomni.values import Segment


def _abort() -> None:
    sys.stderr.write("Could not load library libcudnn_ops.so.9\n")
    sys.stderr.flush()
    os.abort()


def _refuse() -> None:
    raise RuntimeError("Library libcublas.so.12 is not found or cannot be loaded")


ACTS: Mapping[str, Callable[[], object]] = {
    "works": lambda: None,
    "aborts": _abort,
    "hangs": lambda: threading.Event().wait(),
    "refuses": _refuse,
}
TRIED, AT_WORK, ASKED, COUNT = sys.argv[1:5]
"""What a trial does, what the second window does, what the driver does when it is asked how many
GPUs there are, and how many there are."""


class FakeWhisper:
    def __init__(self, folder: Path, threads: int, device: str = "cpu") -> None:
        self._device = device
        self._windows = 0

    def sketch(self, samples: Any, language: str) -> str:
        if self._device == "cuda":
            ACTS[TRIED]()
        return ""

    def transcribe(self, samples: Any, window: Any, language: str, *_: Any) -> list[Segment]:
        self._windows += 1
        if self._device == "cuda" and self._windows == 2:
            ACTS[AT_WORK]()
        return [Segment(window.start, window.end, f"on {self._device}")]


whisper.Whisper = FakeWhisper  # type: ignore[misc, assignment]


def _count() -> int:
    ACTS[ASKED]()
    return int(COUNT)


ctranslate2.get_cuda_device_count = _count
accelerator._device = lambda: "a card that nobody has"
accelerator._driver = lambda: os.environ.get("FAKE_DRIVER", "")

pipes = claim_pipes()
behave()
serve("speech", make_room, pipes)
