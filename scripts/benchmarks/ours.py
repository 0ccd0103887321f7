"""Our side of every comparison: the engine, asked through its port and timed at the caller."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import children
from edgeomni.engine.client import LlamaEngine
from edgeomni.engine.config import EngineConfig, Flash
from edgeomni.ports import Cancel, Engine
from edgeomni.values import EngineEvent, Finished, Message, Options, Receipt, TextDelta


@dataclass(frozen=True)
class Subject:
    """What is measured: files, and the settings that all sides share."""

    model: Path
    mmproj: Path | None = None
    context: int = 4096
    threads: int = 1
    flash: Flash = "auto"


@dataclass(frozen=True)
class Answer:
    """One answer, timed from the outside."""

    text: str
    receipt: Receipt
    first_ms: float
    """From the call to the first text."""
    last_ms: float
    """From the call to the end."""

    @property
    def tokens_per_second(self) -> float:
        """Tokens after the first, over the time from the first text to the end."""
        return (self.receipt.completion_tokens - 1) / (self.last_ms - self.first_ms) * 1000


@contextmanager
def engine(subject: Subject, scratch: Path) -> Iterator[LlamaEngine]:
    """A new worker with the model loaded."""
    config = EngineConfig(
        model=subject.model,
        mmproj=subject.mmproj,
        context=subject.context,
        threads=subject.threads,
        device="cpu",
        flash=subject.flash,
    )
    made = LlamaEngine(config, scratch / "engine.log")
    try:
        made.abilities()
        yield made
    finally:
        made.close()


def greedy(count: int, **more: object) -> Options:
    return Options(max_tokens=count, temperature=0, stop=("\n<never said>",), **more)  # type: ignore[arg-type]


def answer(
    asked: Engine, messages: Sequence[Message], count: int, cancel: Cancel | None = None
) -> Answer:
    """A greedy answer of up to ``count`` tokens, streamed."""
    began = time.perf_counter()
    return gathered(asked.stream(messages, greedy(count), cancel=cancel), began)


def gathered(events: Iterator[EngineEvent], began: float) -> Answer:
    text, first = "", 0.0
    for event in events:
        if isinstance(event, TextDelta):
            first = first or time.perf_counter()
            text += event.text
        elif isinstance(event, Finished):
            ended = time.perf_counter()
            return Answer(
                text, event.receipt, ((first or ended) - began) * 1000, (ended - began) * 1000
            )
    raise RuntimeError("an answer without an end")


def timed_prefill(asked: Engine, messages: Sequence[Message]) -> tuple[float, Receipt]:
    """Milliseconds at the caller, and the receipt."""
    began = time.perf_counter()
    receipt = asked.prefill(messages)
    return (time.perf_counter() - began) * 1000, receipt


def worker_pid() -> int:
    """The one engine worker that runs."""
    found = [pid for pid in children(os.getpid()) if _command(pid).endswith(b"\0engine\0")]
    (pid,) = found
    return pid


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
