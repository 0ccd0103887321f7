"""A spoken conversation as pipecat leads it, with files as devices, at the pace of life.

Runs by itself in pipecat's own environment, which scripts/peers makes, and is never imported.
Everything is as it comes: Silero's detector of speech (0.2 s to start and to stop), Smart Turn v3.2
(one thread, 3 s at most), Whisper on the whole utterance once it pauses (a beam of 5, as many
threads as CTranslate2 likes), answers spoken sentence by sentence. As with edgeomni, Whisper
computes with 8 bits, and the voice has one thread and loses the silence that it begins with. Only
the devices are ours.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
import wave
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
from hibari import Hibari
from hibari.voices import voice_path
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    EndWorkerFrame,
    Frame,
    InputAudioRawFrame,
    LLMFullResponseEndFrame,
    LLMTextFrame,
    OutputAudioRawFrame,
    StartFrame,
    TranscriptionFrame,
)
from pipecat.observers.base_observer import BaseObserver, FramePushed
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.services.whisper.stt import WhisperSTTService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.workers.runner import WorkerRunner

HEARD_RATE, SPOKEN_RATE = 16_000, 24_000
"""Hertz; pipecat's defaults for what it hears and says."""
_FRAME = HEARD_RATE // 50
"""Samples that the microphone gives at a time: 20 ms, as pipecat's own for sound cards."""


class Time:
    """Seconds since the first sample was heard; the answers' file begins there too."""

    def __init__(self) -> None:
        self._began = 0.0

    def begin(self) -> None:
        self._began = time.monotonic()

    def now(self) -> float:
        return time.monotonic() - self._began

    async def reach(self, moment: float) -> None:
        await asyncio.sleep(max(0.0, moment - self.now()))


class WavMicrophone(BaseInputTransport):
    """Each frame is given when its last sample would have been heard."""

    def __init__(self, path: Path, clock: Time, params: TransportParams) -> None:
        super().__init__(params)
        self._path, self._clock = path, clock
        self._feeding: asyncio.Task[None] | None = None

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)
        self._feeding = self.create_task(self._feed())

    async def _feed(self) -> None:
        with wave.open(str(self._path)) as file:
            sound = file.readframes(file.getnframes())
        tell(event="ready")
        self._clock.begin()
        width = 2 * _FRAME
        for number, at in enumerate(range(0, len(sound), width), 1):
            await self._clock.reach(number * _FRAME / HEARD_RATE)
            await self.push_audio_frame(
                InputAudioRawFrame(sound[at : at + width], HEARD_RATE, num_channels=1)
            )
        await self.push_frame(EndWorkerFrame())


class WavSpeaker(BaseOutputTransport):
    """What would have been heard: sound begins when it is written, or behind what still sounds."""

    def __init__(self, path: Path, clock: Time, params: TransportParams) -> None:
        super().__init__(params)
        self._path, self._clock = path, clock
        self._sound = bytearray()

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """Returns when the frame begins to sound: one is kept ready, as sound cards do."""
        due = int(self._clock.now() * SPOKEN_RATE)
        begins = max(due, len(self._sound) // 2)
        self._sound += bytes(2 * begins - len(self._sound)) + frame.audio
        await self._clock.reach(begins / SPOKEN_RATE)
        return True

    async def cleanup(self) -> None:
        await super().cleanup()
        with wave.open(str(self._path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SPOKEN_RATE)
            file.writeframes(bytes(self._sound))


class HibariTTSService(TTSService):
    """The voice of both sides, wrapped as pipecat wraps its own local voices."""

    def __init__(self) -> None:
        settings = TTSSettings(model=None, voice="heart", language=None)
        super().__init__(push_start_frame=True, push_stop_frames=True, settings=settings)
        voice = voice_path("heart", download_missing=False)
        self._hibari = Hibari("heart", model=voice, threads=1)
        self._hibari("Hello, zorblax.", seed=0)  # the first words load what the others need

    def can_generate_metrics(self) -> bool:
        return True

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame, None]:
        async def sound() -> AsyncIterator[bytes]:
            made = trimmed(await asyncio.to_thread(self._hibari, text, seed=0))
            yield (np.clip(made, -1, 1) * 32767).astype("<i2").tobytes()

        await self.start_tts_usage_metrics(text)
        async for frame in self._stream_audio_frames_from_iterator(
            sound(), in_sample_rate=SPOKEN_RATE, context_id=context_id
        ):
            await self.stop_ttfb_metrics()
            yield frame


def trimmed(sound: Any) -> Any:
    """Without the 0.3 s of silence that the voice begins with, as edgeomni cuts it."""
    level = np.abs(sound)
    first = int(np.argmax(level > 0.01 * level.max()))
    return sound[max(0, first - int(0.03 * SPOKEN_RATE)) :]


class Witness(BaseObserver):
    """Tells what was understood and answered; touches nothing."""

    def __init__(self, clock: Time) -> None:
        super().__init__()
        self._clock = clock
        self._seen: set[int] = set()
        self._answer = ""

    async def on_push_frame(self, data: FramePushed) -> None:
        frame = data.frame
        if frame.id in self._seen:  # it passes several processors
            return
        self._seen.add(frame.id)
        match frame:
            case TranscriptionFrame():
                tell(event="heard", at=self._clock.now(), text=frame.text.strip())
            case LLMTextFrame():
                self._answer += frame.text
            case LLMFullResponseEndFrame():
                tell(event="answered", text=self._answer)
                self._answer = ""


def tell(**values: Any) -> None:
    print(json.dumps(values), flush=True)


async def converse(asked: argparse.Namespace) -> None:
    params = TransportParams(
        audio_in_enabled=True, audio_out_enabled=True, audio_out_end_silence_secs=0
    )
    clock = Time()
    microphone = WavMicrophone(asked.questions, clock, params)
    speaker = WavSpeaker(asked.answers, clock, params)
    stt = WhisperSTTService(
        device="cpu",
        compute_type="int8",
        settings=WhisperSTTService.Settings(model=str(asked.whisper)),
    )
    llm = OpenAILLMService(
        api_key="none",
        base_url=asked.url,
        settings=OpenAILLMService.Settings(
            model="nano",
            system_instruction=asked.system,
            temperature=0.0,
            max_tokens=asked.max_tokens,
        ),
    )
    user, assistant = LLMContextAggregatorPair(
        LLMContext(), user_params=LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())
    )
    pipeline = Pipeline([microphone, stt, user, llm, HibariTTSService(), speaker, assistant])
    worker = PipelineWorker(pipeline, observers=[Witness(clock)])
    runner = WorkerRunner()
    await runner.add_workers(worker)
    await runner.run()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path, help="WAV file, 16 kHz, mono, 16 bits")
    parser.add_argument("answers", type=Path, help="WAV file to be written")
    parser.add_argument("--whisper", type=Path, required=True, help="folder of a model")
    parser.add_argument("--url", required=True, help="of llama-server, with /v1")
    parser.add_argument("--system", required=True, metavar="TEXT")
    parser.add_argument("--max-tokens", type=int, required=True, metavar="N")
    asked = parser.parse_args()
    logger.remove()
    logger.add(sys.stderr, level="DEBUG")
    asyncio.run(converse(asked))
    return 0


if __name__ == "__main__":
    sys.exit(main())
