"""The engine as the parent sees it: a worker that is started, fed, watched and replaced."""

from __future__ import annotations

import logging
import os
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from edgeomni.engine import codec
from edgeomni.engine.config import EngineConfig, Rung
from edgeomni.engine.hardware import Hardware, hardware, physical_cores, usual_threads
from edgeomni.engine.ladder import Failure, Ladder, Request, failure_of, ladder, step_down
from edgeomni.errors import DeviceError, EdgeomniError, EngineError, ModelError, WorkerDied
from edgeomni.ports import Cancel
from edgeomni.process.supervisor import Supervisor
from edgeomni.process.worker import Worker, WorkerSpec
from edgeomni.values import (
    Abilities,
    EngineEvent,
    Finished,
    Lane,
    Message,
    Notice,
    Options,
    Receipt,
    TextDelta,
    ThoughtDelta,
    ToolCall,
)

_log = logging.getLogger(__name__)
_HIDE_GPUS = {"CUDA_VISIBLE_DEVICES": "", "GGML_VK_VISIBLE_DEVICES": ""}
"""With a CUDA build, ``n_gpu_layers = 0`` alone still computes large batches on the GPU."""

_PERHAPS_NO_MEMORY = {"bad-model", "wrong-mmproj"}
"""llama.cpp does not tell a file it cannot read from one that does not fit the GPU."""


@dataclass
class _Progress:
    """What one answer has said so far, across workers."""

    text: str = ""
    thought: str = ""
    called: bool = False
    tokens: int = 0
    """Generated for it."""
    before: int = 0
    """Of these, by workers that died."""
    again: str = ""
    """Of a thought that is thought once more: what was said already and is still to come."""

    @property
    def begun(self) -> bool:
        return bool(self.text or self.thought)

    def rest(self, options: Options) -> Options:
        """What is left to ask for."""
        self.again = "" if self.text else self.thought
        self.before = self.tokens
        return replace(
            options,
            continuation=options.continuation + self.text,
            max_tokens=max(options.max_tokens - self.tokens, 1),
        )

    def note(self, event: EngineEvent) -> EngineEvent | None:
        """The event as it is to be told; None for what was said before a worker died."""
        match event:
            case TextDelta(text, tokens):
                self.text += text
                self.tokens += tokens
            case ThoughtDelta(text):
                return self._thought(text)
            case ToolCall():
                self.called = True
            case Finished(receipt):
                whole = self.before + receipt.completion_tokens
                return Finished(replace(receipt, completion_tokens=whole))
        return event

    def _thought(self, text: str) -> ThoughtDelta | None:
        """A model that begins anew thinks anew; most often the same, which was told already."""
        if text and self.again.startswith(text):
            self.again = self.again[len(text) :]
            return None
        fresh = text.removeprefix(self.again) if text.startswith(self.again) else "\n" + text
        self.again = ""
        self.thought += fresh
        return ThoughtDelta(fresh) if fresh else None


class LlamaEngine:
    """Implements ``edgeomni.ports.Engine`` over a worker process. Starts it at first use."""

    def __init__(
        self, config: EngineConfig, log: Path, *, hardware: Hardware | None = None
    ) -> None:
        self.config = config
        self._log = log
        self._hardware = hardware
        self._ladder: Ladder | None = None
        self._rung = 0
        self._reason = ""
        self._supervisor: Supervisor | None = None
        self._worker: Worker | None = None
        self._abilities: Abilities | None = None
        self._sent: set[str] = set()
        self._load_ms = 0.0

    # -- the port --

    def abilities(self) -> Abilities:
        self._ready()
        assert self._abilities is not None
        return self._abilities

    def stream(
        self,
        messages: Sequence[Message],
        options: Options,
        *,
        lane: Lane = "chat",
        cancel: Cancel | None = None,
    ) -> Iterator[EngineEvent]:
        progress = _Progress()
        while True:
            worker = self._ready()
            try:
                params = {"options": codec.pack_options(progress.rest(options)), "lane": lane}
                for event in self._answered(worker, messages, params, cancel):
                    told = progress.note(event)
                    if told is not None:
                        yield told
                return
            except EngineError as error:
                seeing = not progress.begun and any(message.media for message in messages)
                yield self._after_failure(error, progress, "image" if seeing else "decode")

    def prefill(
        self, messages: Sequence[Message], *, lane: Lane = "chat", cancel: Cancel | None = None
    ) -> Receipt:
        data = self._evaluated("prefill", messages, lane, cancel)
        return self._receipt(data["receipt"])

    def ending(
        self, messages: Sequence[Message], *, lane: Lane = "chat", cancel: Cancel | None = None
    ) -> float | None:
        return cast(float | None, self._evaluated("ending", messages, lane, cancel)["ends"])

    def save(self, lane: Lane, path: Path) -> None:
        self._ready().call("save", {"lane": lane, "path": os.fsencode(path)})

    def restore(self, lane: Lane, path: Path) -> int:
        data, _ = self._ready().call("restore", {"lane": lane, "path": os.fsencode(path)})
        return int(data["tokens"])

    def media_tokens(self, sizes: Sequence[tuple[int, int]]) -> list[int]:
        data, _ = self._ready().call("media_tokens", {"sizes": list(sizes)})
        return list(data["tokens"])

    def close(self) -> None:
        if self._supervisor:
            self._supervisor.close()
        self._supervisor = self._worker = None

    # -- asking --

    def _answered(
        self,
        worker: Worker,
        messages: Sequence[Message],
        params: dict[str, Any],
        cancel: Cancel | None,
    ) -> Iterator[EngineEvent]:
        data = yield from self._ask(worker, "stream", messages, params, cancel)
        yield Finished(self._receipt(data["receipt"]))

    def _evaluated(
        self, method: str, messages: Sequence[Message], lane: Lane, cancel: Cancel | None
    ) -> dict[str, Any]:
        """What comes of a prompt without an answer: nobody listens to what is told meanwhile."""
        asking = self._ask(self._ready(), method, messages, {"lane": lane}, cancel)
        while True:
            try:
                next(asking)
            except StopIteration as end:
                return cast(dict[str, Any], end.value)

    def _ask(
        self,
        worker: Worker,
        method: str,
        messages: Sequence[Message],
        params: dict[str, Any],
        cancel: Cancel | None,
    ) -> Generator[EngineEvent, None, dict[str, Any]]:
        """Ask once, and once more with the media that the worker turned out to lack."""
        for _ in range(2):
            packed, buffers = codec.pack_messages(messages, self._sent.__contains__)
            params = {**params, "messages": packed}
            data = yield from self._events(worker, method, params, buffers, cancel)
            if "missing" not in data:
                self._sent |= {media.digest for each in messages for media in each.media}
                return data
            self._sent -= set(data["missing"])
        raise EngineError("The engine worker asks for media that it was given.")

    def _events(
        self,
        worker: Worker,
        method: str,
        params: dict[str, Any],
        buffers: Sequence[bytes],
        cancel: Cancel | None,
    ) -> Generator[EngineEvent, None, dict[str, Any]]:
        stream = worker.stream(method, params, buffers, cancel=cancel)
        try:
            while True:
                data, _ = next(stream)
                yield codec.unpack_event(data)
        except StopIteration as end:
            return cast(dict[str, Any], end.value)
        finally:
            stream.close()

    def _receipt(self, data: dict[str, Any]) -> Receipt:
        """With the wait for the model, when this answer had to wait for it."""
        receipt = Receipt(**data)
        waited, self._load_ms = self._load_ms, 0.0
        first = receipt.first_token_ms + waited if receipt.first_token_ms else 0.0
        return replace(receipt, load_ms=waited, first_token_ms=first)

    # -- the worker and its rung --

    def _ready(self) -> Worker:
        """A worker with the model loaded, on the highest rung that works."""
        while True:
            worker = self._start()
            if worker is self._worker:
                return worker
            try:
                self._load(worker)
                return worker
            except (EngineError, ModelError) as error:
                if isinstance(error, ModelError) and error.code not in _PERHAPS_NO_MEMORY:
                    raise
                stage = "mmproj" if error.code == "wrong-mmproj" else "load"
                self._descend(failure_of(error, stage), error)

    def _start(self) -> Worker:
        if self._supervisor is None:
            self._supervisor = Supervisor(self._spec())
        worker = self._supervisor.worker()
        if self._ladder is None:
            self._ladder = self._make_ladder(worker)
            self._reason = self._ladder.reason
        return worker

    def _spec(self) -> WorkerSpec:
        on_cpu = self.config.device == "cpu" or bool(
            self._ladder and not self._ladder.rungs[self._rung].on_gpu
        )
        return WorkerSpec("engine", self._log, env=_HIDE_GPUS if on_cpu else {})

    def _make_ladder(self, worker: Worker) -> Ladder:
        data, _ = worker.call("inspect", {"config": _pack_config(self.config)})
        request = Request(
            self.config.device,
            self.config.require_gpu,
            data["layers"],
            mmproj=self.config.mmproj is not None,
        )
        return ladder(self._hardware or hardware(data["devices"]), request)

    def _load(self, worker: Worker) -> None:
        rung = self._current_rung
        data, _ = worker.call(
            "load",
            {
                "config": _pack_config(self.config),
                "rung": asdict(rung),
                "threads": self.config.threads or usual_threads(physical_cores()),
            },
        )
        _log.info("%s loaded on %s in %.0f ms", self.config.title, rung.title, data["load_ms"])
        self._abilities = replace(Abilities(**data["abilities"]), rung_reason=self._reason)
        self._load_ms += data["load_ms"]
        self._worker = worker
        self._sent.clear()

    @property
    def _current_rung(self) -> Rung:
        assert self._ladder is not None
        return self._ladder.rungs[self._rung]

    def _descend(self, failure: Failure, error: EdgeomniError) -> None:
        """Go to the next rung, or raise ``error`` when there is none that could do better."""
        assert self._ladder is not None
        _log.warning("%s failed (%s): %s", self._current_rung.title, failure.stage, error.code)
        below = step_down(self._ladder.rungs, self._rung, failure)
        if below is None:
            if self._current_rung.on_gpu:
                raise DeviceError(
                    f"No way to run this model on {self._current_rung.device} works: "
                    f"{failure.reason}",
                    works="Without --require-gpu the CPU answers.",
                    remedy="Choose a smaller model or --context, or leave --require-gpu out.",
                ) from error
            raise error
        self._reason = f"{self._current_rung.title} failed: {failure.reason}"
        self._rung = below
        self.close()

    def _after_failure(self, error: EngineError, progress: _Progress, stage: str) -> Notice:
        """Step down and go on with the answer, or raise: what was said stays with the caller."""
        if isinstance(error, WorkerDied):
            self._worker = None
        failure = failure_of(error, stage)
        if not failure.crashed or not self._current_rung.on_gpu or progress.called:
            raise error
        self._descend(failure, error)
        return Notice(
            "stepped-down",
            f"{error.happened} The answer goes on with: {self._current_rung.title}.",
        )


def _pack_config(config: EngineConfig) -> dict[str, Any]:
    """Paths as bytes: not every name of a file is text."""
    mmproj = os.fsencode(config.mmproj) if config.mmproj else b""
    named = {"name": config.title, "model": os.fsencode(config.model), "mmproj": mmproj}
    return asdict(config) | named
