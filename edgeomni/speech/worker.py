"""The speech worker's room: finds speech in sounds, and transcribes it window by window."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeomni.errors import EngineError, InputError
from edgeomni.faults import Faults, from_environment
from edgeomni.process.host import Job, Room
from edgeomni.speech.windows import RATE, behind, heard_until, windows
from edgeomni.values import Span

if TYPE_CHECKING:
    from edgeomni.speech.detector import Samples
    from edgeomni.speech.whisper import Whisper

Params = dict[str, Any]
Answer = tuple[dict[str, Any], Sequence[bytes]]


def make_room() -> Room:
    return SpeechRoom(from_environment(os.environ))


class SpeechRoom:
    """Keeps the model that it was asked for last."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._whisper: tuple[tuple[Path, int], Whisper] | None = None

    def handle(self, method: str, params: Params, buffers: list[memoryview], job: Job) -> Answer:
        self._faults.at(f"speech.{method}")
        if method == "converse":
            return self._converse(params, job)
        if method == "devices":
            return _devices()
        samples = _samples(params["rate"], buffers)
        match method:
            case "speech":
                return self._speech(samples)
            case "transcribe":
                return self._transcribe(samples, params, job)
        raise EngineError(f"The speech worker has no method {method}.")

    def close(self) -> None:
        """What is loaded ends with the process."""

    def _speech(self, samples: Samples) -> Answer:
        from edgeomni.speech.detector import speech_in

        return {"speech": [asdict(span) for span in speech_in(samples)]}, ()

    def _transcribe(self, samples: Samples, params: Params, job: Job) -> Answer:
        whisper = self._loaded(Path(os.fsdecode(params["model"])), params["threads"])
        speech = [Span(**span) for span in params["speech"]]
        while speech and not job.cancelled:
            window = windows(speech)[0]
            self._faults.at("speech.window")
            segments = whisper.transcribe(samples, window, params["language"])
            until = heard_until(window, segments)
            job.emit({"done": until, "segments": [asdict(said) for said in segments]})
            speech = behind(speech, until)
        return {}, ()

    def _converse(self, params: Params, job: Job) -> Answer:
        from edgeomni.speech.converse import run

        run(params, job, _voice)
        return {}, ()

    def _loaded(self, folder: Path, threads: int) -> Whisper:
        from edgeomni.speech.whisper import Whisper

        if self._whisper is None or self._whisper[0] != (folder, threads):
            self._whisper = None  # the old one goes before the new one comes
            self._whisper = (folder, threads), Whisper(folder, threads)
        return self._whisper[1]


def _devices() -> Answer:
    from edgeomni.speech.portaudio import this_machine

    cards = this_machine()
    cards.rescan()
    return {"devices": [asdict(device) for device in cards.devices()]}, ()


def _samples(rate: int, buffers: list[memoryview]) -> Samples:
    if rate != RATE:
        raise InputError(f"The sound has {rate} samples a second; speech wants {RATE}.")
    return np.frombuffer(buffers[0], np.float32)


def _voice(name: str, rate: float) -> Any:
    import hibari

    tts = hibari.Hibari()
    tts("Hello.")
    return lambda text: tts(text, speed=rate)
