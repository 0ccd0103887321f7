"""Speech to measure with: sentences in several voices, clean and in noise, made on the spot."""

from __future__ import annotations

import io
import shutil
import subprocess
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from benchmarks.peers import Shelf
from benchmarks.samples import Samples

Sound = NDArray[np.float32]
"""Mono, in [-1, 1]."""

RATE = 16_000
SPOKEN_RATE = 24_000
"""Hertz, of answers."""
AUDIBLE = 0.004
"""Of full scale: what is quieter is silence in an answer."""
SENTENCES = (
    "What is the capital of France?",
    "Turn on the lights in the kitchen.",
    "How many legs does a spider have?",
    "Please read the last message again.",
    "The weather was cold, but the sun was shining all day.",
    "Where did I put my glasses?",
    "Set a timer for twelve minutes.",
    "She bought two apples, three pears and a loaf of bread.",
    "Can you tell me what is on the table in front of me?",
    "My brother lives in a small house near the river.",
    "Stop the music.",
    "What time does the next train to Berlin leave?",
    "The old bridge was closed after the storm last week.",
    "Write down that I have to call the doctor tomorrow morning.",
    "Is there milk in the fridge?",
    "I would like to know how plants turn light into sugar.",
    "The report has eleven pages and two large tables.",
    "Who wrote the book about the white whale?",
    "Tell me a short story about a dog that could not swim.",
    "We walked along the beach until it was dark, and then we went home.",
    "What is seven times eight?",
    "Please open the window, it is very warm in here.",
    "The museum is open every day except on Monday.",
    "How far is it from the earth to the moon?",
)
VOICES = ("hibari", "en-us", "en-gb", "en-gb-scotland")
NOISE_DB = 10.0


@dataclass(frozen=True)
class Utterance:
    text: str
    voice: str
    noisy: bool
    sound: Sound
    """At ``RATE``; speech from the first sample to the last."""


@dataclass(frozen=True)
class Studio:
    """What every measurement of voice is given."""

    rounds: int
    scratch: Path
    """An empty directory that is gone afterwards."""
    whisper: Path
    """The folder of a model."""
    detector: Path
    """The model that tells ends of turns."""
    ears: str
    """The name of the model in ``whisper``."""
    brain: str
    """The name or the file of the language model that answers."""
    peer: Shelf | None = None
    """Where pipecat lies, when a conversation is to be compared with it."""

    @cached_property
    def utterances(self) -> list[Utterance]:
        """Each sentence in two voices, one of them in noise."""
        made = []
        for number, text in enumerate(SENTENCES):
            for turn in (0, 1):
                voice = VOICES[(number + 2 * turn) % len(VOICES)]
                clean = say(text, voice)
                sound = with_noise(clean, number) if turn else clean
                made.append(Utterance(text, voice, bool(turn), sound))
        return made


@cache
def _hibari() -> Callable[[str], Sound]:
    from hibari import Hibari

    tts: Callable[[str], Sound] = Hibari()
    return tts


@cache
def say(text: str, voice: str) -> Sound:
    """Trimmed to its speech. Raises FileNotFoundError without espeak-ng."""
    if voice == "hibari":
        return trimmed(soxr.resample(_hibari()(text), SPOKEN_RATE, RATE).astype(np.float32))
    program = shutil.which("espeak-ng")
    if program is None:
        raise FileNotFoundError("espeak-ng is not installed; scripts/test installs it")
    command = [program, "-v", voice, "-s", "160", "--stdout", text]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    with wave.open(io.BytesIO(raw)) as sound:
        rate = sound.getframerate()
    samples = np.frombuffer(raw[44 : 44 + (len(raw) - 44) // 2 * 2], "<i2") / 32768
    spoken: Sound = soxr.resample(samples.astype(np.float32), rate, RATE)
    return trimmed(spoken)


def trimmed(sound: Sound) -> Sound:
    """Without what is 40 dB below the loudest at both ends."""
    loud = np.flatnonzero(np.abs(sound) > 0.01 * np.abs(sound).max())
    speech: Sound = sound[loud[0] : loud[-1] + 1]
    return speech


def with_noise(sound: Sound, seed: int) -> Sound:
    """Low noise as of a fan, ``NOISE_DB`` below the speech."""
    white = np.random.default_rng(seed).normal(size=len(sound) + 16)
    low = np.convolve(white, np.ones(16) / 16, "valid")[: len(sound)]
    level = np.sqrt(np.mean(np.square(sound)) / np.mean(np.square(low)))
    noisy: Sound = (sound + low * level * 10 ** (-NOISE_DB / 20)).astype(np.float32)
    return noisy


def room_tone(seconds: float, seed: int = 0) -> Sound:
    """What a microphone hears when nothing is heard."""
    chance = np.random.default_rng(seed)
    return chance.normal(0, 3e-4, int(seconds * RATE)).astype(np.float32)


def write_wav(path: Path, sound: Sound) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def read_wav(path: Path) -> Sound:
    """At ``SPOKEN_RATE``, as answers are written."""
    with wave.open(str(path)) as file:
        raw = file.readframes(file.getnframes())
    return (np.frombuffer(raw, "<i2") / 32768).astype(np.float32)


def medians(values: Mapping[str, list[float]], unit: str) -> dict[str, Samples]:
    return {name: Samples(tuple(found), unit) for name, found in values.items()}
