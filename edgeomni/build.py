"""Settings become wired objects: the only file that names concrete classes."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from edgeomni import log, paths, settings
from edgeomni.assistant import Assistant
from edgeomni.errors import (
    AbilityMissing,
    DownloadError,
    EdgeomniError,
    ModelError,
    UsageError,
)
from edgeomni.listening import overheard
from edgeomni.looking import Look, MediaKind, camera_of, gathered, is_document, parts_of
from edgeomni.loops.watch.yielding import YieldingEngine
from edgeomni.ports import Ears, Engine, Eyes, Hotkey, Mouth, Sight, Talk
from edgeomni.settings import Settings
from edgeomni.values import Fit, Image, Part, Segment, Span

if TYPE_CHECKING:
    from edgeomni.catalog import Card, ModelFiles
    from edgeomni.catalog.progress import Progress
    from edgeomni.engine.config import EngineConfig
    from edgeomni.hotkey.names import Combination
    from edgeomni.process.worker import WorkerSpec
    from edgeomni.speech.devices.listed import Device
    from edgeomni.speech.talk import TalkWish
    from edgeomni.vision.live.client import SightWish

_LOG = "edgeomni.log"
_USUAL_RATE = 16_000
"""Hertz; for engines that do not say at which rate they hear."""


class EngineFactory(Protocol):
    def __call__(self, chosen: Settings, progress: Progress, /) -> Engine: ...


class MouthFactory(Protocol):
    def __call__(self, tell: Callable[[str], None], speaker: str = "", /) -> Mouth:
        """``tell`` takes lines for the user; ``speaker`` is a loudspeaker, empty for the usual."""
        ...


class EarsFactory(Protocol):
    def __call__(self, chosen: Settings, progress: Progress, model: str = "", /) -> Ears:
        """``model`` is the name of a model of speech; empty for the usual one."""
        ...


def local_or_remote_engine(chosen: Settings, progress: Progress) -> Engine:
    """The engine that the settings ask for; a model that is not here yet is fetched."""
    if chosen.base_url.value:
        return _remote(chosen)
    from edgeomni import catalog
    from edgeomni.engine.client import LlamaEngine

    obey_offline(chosen)
    _refuse_ears(catalog.card_of(chosen.model.value))
    files = catalog.ensure(chosen.model.value, progress, mmproj=chosen.mmproj.value or None)
    said = paths.create(paths.state_dir()) / "engine.log"
    return LlamaEngine(engine_config(chosen, files), said)


_PURPOSES = {
    "speech": "turns speech into text",
    "turns": "tells whether a speaker is done",
    "voices": "speaks",
}


def _refuse_ears(card: Card | None) -> None:
    if card and card.kind != "chat":
        raise UsageError(
            f"{card.id} {_PURPOSES[card.kind]}; it cannot answer.",
            remedy="Choose a model that does; `edgeomni list` shows them.",
        )


def engine_config(chosen: Settings, files: ModelFiles) -> EngineConfig:
    """What our own engine is asked to be."""
    from edgeomni.engine.config import EngineConfig

    config = EngineConfig(
        model=files.model,
        mmproj=files.mmproj,
        name=files.id,
        threads=chosen.threads.value,
        device=chosen.device.value,
        require_gpu=chosen.require_gpu.value,
        detail=chosen.detail.value,
        lanes=("chat", "watch") if chosen.watching else ("chat",),
    )
    tokens = chosen.context.value
    return replace(config, context=tokens) if tokens else config


def obey_offline(chosen: Settings) -> None:
    """Forbid the network where the settings do: the catalog obeys the environment."""
    if chosen.offline.value:
        os.environ["EDGEOMNI_OFFLINE"] = "1"


def _remote(chosen: Settings) -> Engine:
    from edgeomni.engine.remote.engine import RemoteEngine

    return RemoteEngine(
        chosen.base_url.value,
        api_key=chosen.api_key.value,
        model=chosen.asked_model,
        context=chosen.context.value,
    )


def worker_eyes() -> Eyes:
    """Decoding in a process of its own."""
    from edgeomni.vision.client import EyesWorker

    return EyesWorker()


def worker_sight(wish: SightWish) -> Sight:
    """A live source in a process of its own."""
    from edgeomni.process.worker import WorkerSpec
    from edgeomni.vision.live.client import WorkerSight

    return WorkerSight(WorkerSpec("sight", paths.state_dir() / "sight.log"), wish)


def worker_talk(wish: TalkWish) -> Talk:
    """A conversation in a process of its own."""
    from edgeomni.speech.talk import WorkerTalk

    return WorkerTalk(_speech_worker(), wish)


def worker_hotkey(keys: Combination) -> Hotkey:
    """Keys of all windows, heard by a process of its own."""
    from edgeomni.hotkey.client import HotkeyWorker
    from edgeomni.process.worker import WorkerSpec

    return HotkeyWorker(WorkerSpec("hotkey", paths.state_dir() / "hotkey.log"), keys)


def worker_mouth(tell: Callable[[str], None], speaker: str = "", /) -> Mouth:
    """A voice in a process of its own."""
    from edgeomni.casting import located
    from edgeomni.speech.mouth import MouthWorker
    from edgeomni.speech.talk import Device

    return MouthWorker(_speech_worker(), tell, Device(speaker), located)


def _speech_worker() -> WorkerSpec:
    from edgeomni.process.worker import WorkerSpec
    from edgeomni.speech.client import ENVIRONMENT

    return WorkerSpec("speech", paths.state_dir() / "speech.log", ENVIRONMENT)


def worker_devices() -> Sequence[Device]:
    """The sound devices, listed by a process of its own. Raises DeviceError, EngineError."""
    from edgeomni.speech.survey import sound_devices

    return sound_devices(_speech_worker())


def worker_ears(chosen: Settings, progress: Progress, model: str = "", /) -> Ears:
    """Whisper in a process of its own; a model that is not here is fetched once speech is heard."""
    from edgeomni import catalog
    from edgeomni.speech.client import EarsWorker
    from edgeomni.speech.processor import Processor

    def folder() -> Path:
        obey_offline(chosen)
        return catalog.ensure(model or catalog.DEFAULT_EARS, progress).model.parent

    def processor(spec: WorkerSpec) -> Processor:
        return Processor(spec, chosen.listen_device.value, progress.say)

    return EarsWorker(folder, threads=chosen.threads.value or 1, processor=processor)


@dataclass(frozen=True, slots=True)
class Factories:
    """What may be replaced: tests put engines, eyes and ears of their own here."""

    engine: EngineFactory = local_or_remote_engine
    eyes: Callable[[], Eyes] = worker_eyes
    ears: EarsFactory = worker_ears
    mouth: MouthFactory = worker_mouth
    devices: Callable[[], Sequence[Device]] = worker_devices
    talk: Callable[[TalkWish], Talk] = worker_talk
    hotkey: Callable[[Combination], Hotkey] = worker_hotkey
    sight: Callable[[SightWish], Sight] = worker_sight


def read_settings(flags: Mapping[str, object]) -> Settings:
    """Settings from all layers of this machine, user and folder. Raises UsageError."""
    chosen = settings.load(
        flags,
        env=os.environ,
        project_file=_here() / settings.PROJECT_FILE,
        user_file=paths.config_dir() / "config.toml",
    )
    return chosen if chosen.base_url.value else _as_recommended(chosen)


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError:  # the folder was deleted under our feet: then it says nothing
        return Path()


def _as_recommended(chosen: Settings) -> Settings:
    from edgeomni import catalog

    card = catalog.card_of(chosen.model.value)
    return chosen.advised(card.sampling, f"the card of {card.id}") if card else chosen


@dataclass(slots=True)
class Home:
    """An assistant with all that it needs; close it, or use it as a context manager."""

    settings: Settings
    engine: Engine
    assistant: Assistant
    make_eyes: Callable[[], Eyes]
    make_ears: Callable[[], Ears]
    make_mouth: Callable[[], Mouth]
    make_talk: Callable[[TalkWish], Talk]
    make_sight: Callable[[SightWish], Sight]
    progress: Progress
    tell: Callable[[str], None]
    """Takes a line that the user should read."""
    log: logging.Handler
    _eyes: Eyes | None = None
    _ears: Ears | None = None
    _mouth: Mouth | None = None
    _head_start: HeadStart | None = field(default=None)

    def load_ahead(self) -> None:
        """Begin loading the model while the user types or pictures are decoded."""
        self._head_start = HeadStart(self.engine)

    def ready(self) -> None:
        """Wait for ``load_ahead``; raises what went wrong there."""
        waiting, self._head_start = self._head_start, None
        if waiting is not None:
            waiting.wait()

    def show(self, kind: MediaKind, path: Path, look: Look) -> list[Part]:
        """What a message shows for one file. Raises MediaError, AbilityMissing, UsageError."""
        return gathered(self.parts(kind, path, look))

    def parts(self, kind: MediaKind, path: Path, look: Look) -> Iterator[Part]:
        """The same, piece by piece."""
        rate = self._rate() if kind == "audio" else 0
        if kind == "video" or (kind == "image" and is_document(path)):
            self.ready()
            can = self.engine.abilities()
            look = replace(look, sees=can.vision, merges=can.merges_frames)
        yield from parts_of(self.eyes, kind, path, look, rate, self._overhear)

    def whole(self, path: Path) -> Image:
        """A picture of a file or the camera in all its pixels. Raises MediaError."""
        camera = camera_of(path)
        return self.eyes.image(path) if camera is None else self.eyes.glance(camera, Fit())

    def speech_models(self, name: str = "", language: str = "") -> tuple[Path, Path | None]:
        """The folder of a model of speech and the detector of ends of turns, fetched if need be.

        ``name`` is empty for the usual one of the language. Without the detector one can talk as
        well: why it is not there is told. Raises DownloadError, ModelError.
        """
        from edgeomni import catalog

        obey_offline(self.settings)
        model = catalog.ensure(name or catalog.ears_for(language), self.progress).model.parent
        try:
            return model, catalog.ensure(catalog.DEFAULT_TURNS, self.progress).model
        except (DownloadError, ModelError) as error:
            self.tell(f"Ends of turns are told by the words alone. {error.happened}")
            return model, None

    @property
    def plain(self) -> bool:
        """Whether the model answers short questions about one picture, and follows no more."""
        from edgeomni import catalog

        card = None if self.settings.base_url.value else catalog.card_of(self.settings.model.value)
        return card is not None and card.plain

    def aside(self) -> Assistant:
        """A conversation of its own with the same model; the other one is left as it is."""
        return _conversation(self.engine, self.settings)

    @property
    def eyes(self) -> Eyes:
        """Opened at their first use."""
        if self._eyes is None:
            self._eyes = self.make_eyes()
        return self._eyes

    @property
    def ears(self) -> Ears:
        """Opened at their first use."""
        if self._ears is None:
            self._ears = self.make_ears()
        return self._ears

    @property
    def mouth(self) -> Mouth:
        """Opened at its first use."""
        if self._mouth is None:
            self._mouth = self.make_mouth()
        return self._mouth

    def _overhear(self, path: Path, span: Span) -> Sequence[Segment]:
        return overheard(self.eyes, self.ears, path, span, self.tell)

    def _rate(self) -> int:
        self.ready()
        can = self.engine.abilities()
        if not can.audio:
            raise AbilityMissing(
                f"The model {can.model} cannot hear.",
                works="Text works.",
                remedy="Choose a model with ears, for example -m qwen2.5-omni-3b.",
            )
        return can.audio_rate or _USUAL_RATE

    def close(self) -> None:
        """End the workers; one that still loads is left to end with this process."""
        if self._eyes is not None:
            self._eyes.close()
        if self._ears is not None:
            self._ears.close()
        if self._mouth is not None:
            self._mouth.close()
        if self._head_start is None or self._head_start.over:
            self.engine.close()
        log.stop(self.log)

    def __enter__(self) -> Home:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def build(
    chosen: Settings, *, progress: Progress | None = None, factories: Factories | None = None
) -> Home:
    """Wire everything; the engine loads at its first use. Raises EdgeomniError."""
    if progress is None:
        from edgeomni.catalog.progress import Silent

        progress = Silent()
    makers = factories or Factories()
    engine = makers.engine(chosen, progress)
    if chosen.watching:
        engine = YieldingEngine(engine)
    return Home(
        settings=chosen,
        engine=engine,
        assistant=_conversation(engine, chosen),
        make_eyes=makers.eyes,
        make_ears=lambda: makers.ears(chosen, progress),
        make_mouth=lambda: makers.mouth(progress.say),
        make_talk=makers.talk,
        make_sight=makers.sight,
        progress=progress,
        tell=progress.say,
        log=log.to_file(paths.state_dir() / _LOG),
    )


def _conversation(engine: Engine, chosen: Settings) -> Assistant:
    budget = chosen.picture_tokens.value
    return Assistant(engine, system=chosen.system.value, picture_budget=budget)


class HeadStart:
    """Loads an engine in a thread of its own."""

    def __init__(self, engine: Engine) -> None:
        self._error: EdgeomniError | None = None
        self._thread = threading.Thread(target=self._load, args=(engine,), daemon=True)
        self._thread.start()

    def wait(self) -> None:
        self._thread.join()
        if self._error is not None:
            raise self._error

    @property
    def over(self) -> bool:
        return not self._thread.is_alive()

    def _load(self, engine: Engine) -> None:
        try:
            engine.abilities()
        except EdgeomniError as error:
            self._error = error
