"""The engine worker's room: takes requests off the wire and hands them to the brain."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edgeomni.engine import codec, llama, snapshot
from edgeomni.engine.brain import Brain
from edgeomni.engine.config import EngineConfig, Rung
from edgeomni.engine.detail import settled
from edgeomni.engine.gguf import check_header
from edgeomni.engine.grammar.schema import check, to_grammar
from edgeomni.engine.media import MissingMedia
from edgeomni.engine.projectors import check_model, check_pair, vision_type
from edgeomni.engine.voice import Event
from edgeomni.errors import AbilityMissing, EngineError, ModelError
from edgeomni.faults import Faults, from_environment
from edgeomni.process.host import Job, Room
from edgeomni.values import (
    Abilities,
    AudioClip,
    Image,
    Media,
    Message,
    Options,
)

Data = dict[str, Any]
Answer = tuple[Data, Sequence[bytes]]


def make_room() -> Room:
    llama.start_backend()
    return EngineRoom(from_environment(os.environ))


class EngineRoom:
    """One model at a time."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._brain: Brain | None = None
        self._inspected: EngineConfig | None = None

    def handle(self, method: str, params: Data, buffers: list[memoryview], job: Job) -> Answer:
        match method:
            case "inspect":
                return self._inspect(params), ()
            case "load":
                return self._load(params), ()
            case "stream" | "prefill" | "ending":
                try:
                    return self._evaluated(method, params, buffers, job), ()
                except MissingMedia as missing:
                    return {"missing": missing.digests}, ()
            case "media_tokens":
                return {"tokens": self._media_tokens(params["sizes"])}, ()
            case "save":
                path = _path(params["path"])
                return {"tokens": snapshot.save(self._loaded, params["lane"], path)}, ()
            case "restore":
                path = _path(params["path"])
                return {"tokens": snapshot.restore(self._loaded, params["lane"], path)}, ()
        raise EngineError(f"The engine worker has no method {method}.")

    def close(self) -> None:
        if self._brain:
            self._brain.close()
            self._brain = None

    @property
    def _loaded(self) -> Brain:
        if self._brain is None:
            raise EngineError("No model is loaded.")
        return self._brain

    def _inspect(self, params: Data) -> Data:
        """What the choice of a rung depends on; refuses files that would end the process."""
        config = _config(params["config"])
        header = check_header(config.model)
        check_model(config.model, header)
        if config.mmproj is not None:
            check_pair(config.model, header, config.mmproj, check_header(config.mmproj))
        self._inspected = config
        return {"devices": llama.devices(), "layers": header.layers}

    def _load(self, params: Data) -> Data:
        self.close()
        began = time.perf_counter()
        config, rung = _config(params["config"]), Rung(**params["rung"])
        if config != self._inspected:
            self._inspect(params)
        if config.mmproj is not None:
            config = settled(config, vision_type(check_header(config.mmproj)))
        self._brain = Brain(config, rung, params["threads"], self._faults)
        load_ms = (time.perf_counter() - began) * 1000
        return {"abilities": asdict(_abilities(self._brain, rung)), "load_ms": load_ms}

    def _evaluated(self, method: str, params: Data, buffers: list[memoryview], job: Job) -> Data:
        """Raises MissingMedia."""
        brain, lane, listener = self._loaded, params["lane"], _Listener(job)
        options = codec.unpack_options(params["options"]) if method == "stream" else Options()
        grammar = _grammar(options)
        messages = self._take_in(params["messages"], buffers)
        try:
            if method == "ending":
                return {"ends": brain.ending(messages, lane, listener)}
            if method == "prefill":
                return {"receipt": asdict(brain.prefill(messages, lane, listener))}
            return {"receipt": asdict(brain.answer(messages, options, lane, listener, grammar))}
        finally:
            if lane == "watch":
                brain.pass_by(messages)

    def _media_tokens(self, sizes: Sequence[tuple[int, int]]) -> list[int]:
        encoder = self._loaded.encoder
        if not (encoder and encoder.vision):
            raise _cannot_see(self._loaded.config.title)
        return [encoder.extent(width, height).cells for width, height in sizes]

    def _take_in(self, data: Sequence[Data], buffers: Sequence[memoryview]) -> list[Message]:
        messages = codec.unpack_messages(data, buffers)
        for message in messages:
            for media in message.media:
                self._check_ability(media)
                if isinstance(media, Image | AudioClip):
                    self._loaded.learn(media)
        return messages

    def _check_ability(self, media: Media) -> None:
        encoder, title = self._loaded.encoder, self._loaded.config.title
        if isinstance(media, AudioClip):
            if not (encoder and encoder.audio):
                raise _cannot(title, "hear", "qwen2.5-omni-3b, or another model with audio input")
            if media.rate != encoder.audio_rate:
                raise EngineError(f"Sound at {media.rate} Hz, but {encoder.audio_rate} is wanted.")
        elif isinstance(media, Image) and not (encoder and encoder.vision):
            raise _cannot_see(title)


def _grammar(options: Options) -> str:
    if options.grammar:
        check(options.grammar)
        return options.grammar
    return "" if options.schema is None else to_grammar(options.schema)


class _Listener:
    """Hands the brain's events to whoever asked over the wire."""

    def __init__(self, job: Job) -> None:
        self._job = job

    @property
    def cancelled(self) -> bool:
        return self._job.cancelled

    def say(self, event: Event) -> None:
        self._job.emit(codec.pack_event(event))


def _cannot_see(title: str) -> ModelError:
    return _cannot(title, "see pictures", "gemma-3-4b or qwen2.5-vl-3b")


def _cannot(title: str, what: str, instead: str) -> ModelError:
    return AbilityMissing(
        f"The model {title} cannot {what}.",
        works="It answers text.",
        remedy=f"Choose a model that can, for example -m {instead}; "
        "a model file of your own may need its --mmproj.",
    )


def _config(data: Data) -> EngineConfig:
    mmproj = _path(data["mmproj"]) if data["mmproj"] else None
    lanes = tuple(data["lanes"])
    return EngineConfig(**{**data, "model": _path(data["model"]), "mmproj": mmproj, "lanes": lanes})


def _path(sent: bytes) -> Path:
    return Path(os.fsdecode(sent))


def _abilities(brain: Brain, rung: Rung) -> Abilities:
    encoder = brain.encoder
    return Abilities(
        model=brain.config.title,
        vision=bool(encoder and encoder.vision),
        audio=bool(encoder and encoder.audio),
        audio_rate=encoder.audio_rate if encoder else 0,
        tools=brain.format.supports_tools,
        thinking=brain.format.supports_thinking,
        context=brain.config.context,
        device=rung.device,
        rung=rung.title,
        merges_frames=bool(encoder and encoder.merges_frames),
    )
