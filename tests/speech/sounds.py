"""WAV files of every kind, written byte by byte so that they can lie, and ways to read them."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgeomni.speech.devices.sound_io import Block, Microphone

Sound = NDArray[np.float32]

CODINGS = {
    (1, 8): lambda x: (x * 127 + 128).astype(np.uint8).tobytes(),
    (1, 16): lambda x: (x * 32767).astype("<i2").tobytes(),
    (1, 24): lambda x: (
        (x * (2**31 - 256)).astype("<i4")[..., None].view(np.uint8)[..., 1:].tobytes()
    ),
    (1, 32): lambda x: (x * (2**31 - 256)).astype("<i4").tobytes(),
    (3, 32): lambda x: x.astype("<f4").tobytes(),
    (3, 64): lambda x: x.astype("<f8").tobytes(),
}
"""(kind, bits) -> bytes of samples in [-1, 1]"""


def tone(seconds: float, rate: int, hertz: float = 440.0, level: float = 0.5) -> Sound:
    times = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def sweep(seconds: float, rate: int, level: float = 0.5, *, seconds_of: float = 0) -> Sound:
    """From 200 to 6000 Hz: like nothing but itself, at any shift; or the first part of one."""
    times = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * (200 * times + 2900 * times**2 / (seconds_of or seconds))
    return (level * np.sin(phase)).astype(np.float32)


def write_wav(
    path: Path,
    mono: Sound,
    rate: int,
    *,
    kind: int = 1,
    bits: int = 16,
    channels: int = 1,
    claimed: int | None = None,
) -> Path:
    """The same sound in all channels; ``claimed`` is what the header says of its length."""
    raw = CODINGS[kind, bits](np.repeat(mono[:, None], channels, axis=1))
    frame = channels * bits // 8
    size = len(raw) if claimed is None else claimed
    fmt = struct.pack("<HHIIHH", kind, channels, rate, rate * frame, frame, bits)
    riff = b"RIFF" + struct.pack("<I", min(size + 36, 2**32 - 1)) + b"WAVE"
    path.write_bytes(
        riff + b"fmt " + struct.pack("<I", 16) + fmt + b"data" + struct.pack("<I", size) + raw
    )
    return path


def read_wav(path: Path) -> Sound:
    with wave.open(str(path)) as file:
        raw = file.readframes(file.getnframes())
        channels = file.getnchannels()
    sound = np.frombuffer(raw, "<i2").astype(np.float32) / np.float32(32768)
    return sound.reshape(-1, channels)[:, 0]


def all_blocks(microphone: Microphone) -> list[Block]:
    return list(iter(microphone.read, None))


def joined(blocks: list[Block]) -> Sound:
    return np.concatenate([block.samples for block in blocks])


def level(sound: Sound) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))


def found_in(needle: Sound, hay: Sound) -> tuple[int, float]:
    """Where one sound is in another, and how alike they are there: 1 is the same.

    Devices sample when they like: eighths of a sample are tried too.
    """
    size = 1 << (len(hay) + len(needle)).bit_length()
    turns = np.exp(2j * np.pi * np.arange(size // 2 + 1) / size / 8)
    spectrum, conjugate = np.fft.rfft(hay, size), np.conj(np.fft.rfft(needle, size))
    best = (0, 0.0)
    for part in range(8):
        correlation = np.fft.irfft(spectrum * conjugate * turns**part, size)
        at = int(np.argmax(correlation[: max(1, len(hay) - len(needle) + 1)]))
        there = np.linalg.norm(hay[at : at + len(needle)].astype(np.float64))
        norm = there * np.linalg.norm(needle.astype(np.float64))
        best = max(best, (at, float(correlation[at] / norm) if norm else 0.0), key=lambda b: b[1])
    return best
