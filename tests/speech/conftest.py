"""Sounds to listen to: spoken by espeak-ng, or made of nothing but numbers."""

from __future__ import annotations

import io
import shutil
import subprocess
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edgeomni.process.worker import WorkerSpec
from edgeomni.speech.client import ENVIRONMENT
from edgeomni.speech.ears.windows import RATE
from edgeomni.speech.mouth import MouthWorker
from edgeomni.speech.talk import Device
from edgeomni.values import AudioClip
from tests.speech.lab import Lab, missing

Samples = NDArray[np.float32]
Speak = Callable[..., Samples]


def clip(samples: Samples) -> AudioClip:
    return AudioClip(samples.astype(np.float32).tobytes(), RATE)


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.float32)


def noise(seconds: float, level: float = 0.05, seed: int = 7) -> Samples:
    return np.random.default_rng(seed).normal(0, level, int(seconds * RATE)).astype(np.float32)


def music(seconds: float) -> Samples:
    """A melody of plucked tones with overtones, four a second."""
    times = np.arange(int(seconds * RATE)) / RATE
    steps = np.array([0, 4, 7, 12, 7, 4])[(times * 4).astype(int) % 6]
    phase = 2 * np.pi * np.cumsum(220 * 2 ** (steps / 12)) / RATE
    tone = sum(np.sin(phase * n) / n for n in (1, 2, 3, 4))
    return (0.2 * tone * np.exp(-6 * (times % 0.25))).astype(np.float32)


def clicks(seconds: float) -> Samples:
    made = silence(seconds)
    made[:: RATE // 3] = 0.9
    return made


@pytest.fixture(scope="session")
def speak() -> Speak:
    """Says a text; skips where espeak-ng is not installed."""
    program = shutil.which("espeak-ng")
    if program is None:
        pytest.skip("espeak-ng is not installed; scripts/test installs it where it may")

    def say(text: str, voice: str = "en-us") -> Samples:
        command = [program, "-v", voice, "-s", "150", "--stdout", text]
        spoken = subprocess.run(command, check=True, capture_output=True).stdout
        with wave.open(io.BytesIO(spoken)) as sound:
            rate = sound.getframerate()
            # Into a pipe it cannot write how long it is, and claims the most there can be.
            raw = spoken[44:]
        heard = np.frombuffer(raw[: len(raw) // 2 * 2], "<i2") / 32768
        times = np.arange(int(len(heard) * RATE / rate)) * rate / RATE
        return np.interp(times, np.arange(len(heard)), heard).astype(np.float32)

    return say


@pytest.fixture
def told() -> list[str]:
    """What the mouth tells its user."""
    return []


@pytest.fixture
def mouth(tmp_path: Path, told: list[str]) -> Iterator[MouthWorker]:
    """What it plays is recorded."""
    spec = WorkerSpec("speech", tmp_path / "speech.log", ENVIRONMENT)
    made = MouthWorker(spec, told.append, Device(file=tmp_path / "played.wav"))
    yield made
    made.close()


@pytest.fixture
def whisper() -> Callable[[str], Path]:
    """The folder of a model, fetched once into the user's own store."""
    from edgeomni import catalog

    return lambda name: catalog.ensure(name, catalog.Silent()).model.parent


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Devices to hear and to speak with, for this process too; skips where there can be none."""
    if reason := missing():
        pytest.skip(reason)
    made = Lab()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in made.environment.items():
            if name != "HOME":  # ours holds the stores of models
                patch.setenv(name, value)
        yield made
    made.close()
