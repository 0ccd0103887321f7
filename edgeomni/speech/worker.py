"""The speech worker's room: finds speech and transcribes it, reads aloud, leads conversations."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeomni.errors import EngineError, InputError
from edgeomni.faults import Faults, from_environment
from edgeomni.process.host import Job, Room
from edgeomni.speech.devices.sound_io import SPOKEN_RATE
from edgeomni.speech.ears.windows import RATE
from edgeomni.values import Span

if TYPE_CHECKING:
    from edgeomni.speech.dialogue.talker import Speak
    from edgeomni.speech.ears.detector import Samples
    from edgeomni.speech.ears.whisper import Whisper
    from edgeomni.speech.voices.aloud import Said
    from edgeomni.speech.voices.choice import Voice

Params = dict[str, Any]
Answer = tuple[dict[str, Any], Sequence[bytes]]


def make_room() -> Room:
    return SpeechRoom(from_environment(os.environ))


class SpeechRoom:
    """Keeps the model and the voice that it was asked for last."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._whisper: tuple[tuple[Path, int, str], Whisper] | None = None
        self._voice: tuple[str, Voice] | None = None

    def handle(self, method: str, params: Params, buffers: list[memoryview], job: Job) -> Answer:
        self._faults.at(f"speech.{method}")
        match method:
            case "accelerator":
                return _accelerator()
            case "try_gpu":
                return self._try_gpu(Path(os.fsdecode(params["model"])))
            case "converse":
                return self._converse(params, job)
            case "devices":
                return _devices()
            case "warm":
                self._opened(params["voice"], _teller(job))
                return {}, ()
            case "say":
                return self._say(_text(buffers), params, job)
            case "play":
                return self._play(_text(buffers), params, job)
            case "speech":
                return self._speech(_samples(params["rate"], buffers))
            case "transcribe":
                return self._transcribe(_samples(params["rate"], buffers), params, job)
        raise EngineError(f"The speech worker has no method {method}.")

    def close(self) -> None:
        """What is loaded ends with the process."""

    def _speech(self, samples: Samples) -> Answer:
        from edgeomni.speech.ears.detector import speech_in

        return {"speech": [asdict(span) for span in speech_in(samples)]}, ()

    def _transcribe(self, samples: Samples, params: Params, job: Job) -> Answer:
        model, device = Path(os.fsdecode(params["model"])), params["device"]
        from edgeomni.speech.ears.passages import heard

        whisper = self._loaded(model, params["threads"], device)
        speech = [Span(**span) for span in params["speech"]]
        passages = heard(whisper, samples, speech, params["language"])
        while not job.cancelled:
            self._faults.at("speech.window", gpu=device != "cpu")
            passage = next(passages, None)
            if passage is None:
                break
            segments = [asdict(said) for said in passage.segments]
            job.emit({"done": passage.until, "segments": segments})
        return {}, ()

    def _converse(self, params: Params, job: Job) -> Answer:
        from edgeomni.speech.converse import run
        from edgeomni.talk_events import Trouble, packed

        def tell(text: str) -> None:
            job.emit(*packed(Trouble("voice", text)))

        run(params, job, lambda name, speed: self._speak(name, speed, tell))
        return {}, ()

    def _say(self, text: str, params: Params, job: Job) -> Answer:
        for said in self._read(text, params, job):
            self._faults.at("speech.clause")
            job.emit(_clause(said), [said.sound.tobytes()])
            if job.cancelled:
                break
        return {}, ()

    def _play(self, text: str, params: Params, job: Job) -> Answer:
        from edgeomni.speech.devices.loudspeaker import open_speaker
        from edgeomni.speech.devices.sound_io import RealClock
        from edgeomni.speech.voices.aloud import play

        clock, tell = RealClock(), _teller(job)
        with closing(
            open_speaker(params["speaker"], clock, lambda trouble: tell(trouble.text))
        ) as speaker:
            said = self._read(text, params, job)
            for clause in play(said, speaker, clock, lambda: job.cancelled):
                job.emit(_clause(clause))
        return {}, ()

    def _read(self, text: str, params: Params, job: Job) -> Iterator[Said]:
        from edgeomni.speech.voices.aloud import read
        from edgeomni.speech.voices.choice import speaks_english

        tell, name = _teller(job), params["voice"]
        speak = self._speak(name, params["speed"], tell)
        return read(text, speak, tell, english=speaks_english(name))

    def _speak(self, name: str, speed: float, tell: Callable[[str], None]) -> Speak:
        from edgeomni.speech.voices.choice import check, checked

        check(name, speed)
        return checked(self._opened(name, tell), speed)

    def _opened(self, name: str, tell: Callable[[str], None]) -> Voice:
        from edgeomni.speech.voices.choice import opened

        if self._voice is None or self._voice[0] != name:
            self._voice = None
            self._voice = name, opened(name, tell)
        return self._voice[1]

    def _loaded(self, folder: Path, threads: int, device: str) -> Whisper:
        from edgeomni.speech.ears.whisper import Whisper

        wanted = folder, threads, device
        if self._whisper is None or self._whisper[0] != wanted:
            self._whisper = None  # the old one goes before the new one comes
            self._whisper = wanted, Whisper(*wanted)
        return self._whisper[1]

    def _try_gpu(self, folder: Path) -> Answer:
        from edgeomni.speech.accelerator import attempt

        self._faults.at("speech.gpu")
        attempt(folder)
        return {}, ()


def _accelerator() -> Answer:
    from edgeomni.speech.accelerator import accelerator

    return {"accelerator": accelerator()}, ()


def _devices() -> Answer:
    from edgeomni.speech.devices.portaudio import this_machine

    cards = this_machine()
    cards.rescan()
    return {"devices": [asdict(device) for device in cards.devices()]}, ()


def _samples(rate: int, buffers: list[memoryview]) -> Samples:
    if rate != RATE:
        raise InputError(f"The sound has {rate} samples a second; speech wants {RATE}.")
    return np.frombuffer(buffers[0], np.float32)


def _text(buffers: list[memoryview]) -> str:
    return bytes(buffers[0]).decode("utf-8", "replace")


def _teller(job: Job) -> Callable[[str], None]:
    """Tells the user's side something that is no error."""
    return lambda text: job.emit({"notice": text})


def _clause(said: Said) -> Params:
    return {"text": said.piece.spoken, "seconds": len(said.sound) / SPOKEN_RATE}
