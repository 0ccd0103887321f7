"""The parent's side of a spoken conversation: events from the worker, wishes to it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeomni import talk_events as events
from edgeomni.errors import AbilityMissing, DeviceError, EngineError, ModelError
from edgeomni.ports import Cancel
from edgeomni.process.supervisor import Supervisor
from edgeomni.process.worker import Dialogue, Worker, WorkerSpec
from edgeomni.settings import ListenDevice
from edgeomni.speech.dialogue import manners
from edgeomni.speech.dialogue.manners import Manners
from edgeomni.speech.processor import Place, Processor
from edgeomni.talk_events import Event


@dataclass(frozen=True, slots=True)
class Device:
    """A sound card by name or number, or a WAV file that stands for one."""

    name: str = ""
    """Empty for the usual one."""
    file: Path | None = None

    def packed(self) -> dict[str, Any]:
        """As it travels to the worker."""
        shown = str(self.file) if self.file else self.name
        return {"name": shown, "file": os.fsencode(self.file) if self.file else b""}


@dataclass(frozen=True, slots=True)
class TalkWish:
    """What a conversation is to be."""

    model: Path
    """The folder of a Whisper model."""
    detector: Path | None
    """The model that tells ends of turns; None to go by pauses."""
    manners: Manners
    microphone: Device = Device()
    speaker: Device = Device()
    language: str = ""
    voice: str = ""
    rate: float = 1.0
    threads: int = 1
    save: Path | None = None
    """A folder that is there, for what is heard and said; None to record nothing."""
    listen_device: ListenDevice = "auto"

    def params(self, device: Place) -> Mapping[str, Any]:
        """As it travels to the worker; ``device`` is where Whisper is to run."""
        return {
            "device": device,
            "model": os.fsencode(self.model),
            "detector": os.fsencode(self.detector) if self.detector else b"",
            "manners": manners.packed(self.manners),
            "microphone": self.microphone.packed(),
            "speaker": self.speaker.packed(),
            "language": self.language,
            "voice": self.voice,
            "rate": self.rate,
            "threads": self.threads,
            "save": os.fsencode(self.save) if self.save else b"",
        }


class WorkerTalk:
    """One conversation in the speech worker. Implements ``Talk``."""

    def __init__(self, spec: WorkerSpec, wish: TalkWish, cancel: Cancel | None = None) -> None:
        self._supervisor = Supervisor(spec)
        self._told: list[str] = []
        self._processor = Processor(spec, wish.listen_device, self._told.append)
        self._held = ExitStack()
        self._held.callback(self._supervisor.close)
        self._wish = wish
        self._cancel = cancel
        self._dialogue: Dialogue | None = None
        self._ended = False
        self._answering = 0
        """The pause behind the question that is being answered; negative where there was none. The
        worker may have gone on to another one: then it takes no notice of what was meant for this.
        """
        self._unasked = 0

    def events(self) -> Iterator[events.Event]:
        """A GPU that fails ends no conversation: it begins again on the processor."""
        listened, reached = False, events.Reached()
        while True:
            worker = self._supervisor.worker()
            device = self._processor.choose(self._wish.model)
            yield from self._notices()
            try:
                for event in self._conversation(worker, device):
                    listened = listened or isinstance(event, events.Ready)
                    if isinstance(event, events.Reached):
                        reached = event
                    elif isinstance(event, events.Utterance | events.Said | events.Interrupted):
                        reached = events.Reached()
                    yield event
                return
            except (EngineError, ModelError) as error:
                if device == "cpu" or isinstance(error, DeviceError | AbilityMissing):
                    raise
                self._processor.give_up(error)
                if listened and self._wish.microphone.file:
                    raise  # else a file would be heard twice
            if listened:  # what was under way is lost
                yield events.Nothing()
                yield events.Interrupted(reached.piece, reached.share)
                reached = events.Reached()

    def _notices(self) -> Iterator[Event]:
        while self._told:
            yield events.Trouble("listening", self._told.pop(0))

    def _conversation(self, worker: Worker, device: Place) -> Iterator[Event]:
        dialogue = worker.dialogue("converse", self._wish.params(device), cancel=self._cancel)
        self._dialogue = self._held.enter_context(dialogue)
        for data, sounds in self._dialogue.events():
            if self._ended:  # it may have been too early to be told
                self._tell({"do": "end"})
            event = events.unpacked(data, sounds)
            if isinstance(event, events.Utterance):
                self._answering = event.pause
            yield event

    def foresee(self, pause: int, ends: float | None) -> None:
        self._tell({"do": "foresee", "pause": pause, "ends": ends})

    def begin(self) -> None:
        self._unasked -= 1
        self._answering = self._unasked
        self._tell({"do": "begin", "to": self._answering})

    def accept(self) -> None:
        self._tell({"do": "accept", "to": self._answering})

    def say(self, piece: int, text: str) -> None:
        self._tell({"do": "say", "to": self._answering, "piece": piece, "text": text})

    def finish(self) -> None:
        self._tell({"do": "finish", "to": self._answering})

    def hush(self) -> None:
        self._tell({"do": "hush"})

    def press(self) -> None:
        self._tell({"do": "press"})

    def release(self) -> None:
        self._tell({"do": "release"})

    def end(self) -> None:
        self._ended = True
        self._tell({"do": "end"})

    def close(self) -> None:
        self._held.close()

    def _tell(self, data: Mapping[str, Any]) -> None:
        if self._dialogue is not None:
            self._dialogue.tell(data)
