"""Decode one sound file, behind limits that are counted while decoding: mono float32."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer

from edgeomni.errors import MediaError
from edgeomni.values import AudioClip
from edgeomni.vision.source import open_regular, refusal

_SPELLED = "WAV, FLAC, MP3, Ogg, Opus or M4A"
_HEAD = 12
_SOURCE_RATES = range(1_000, 768_001)
"""Hertz. A forged rate of 1 would make one packet into hours."""


@dataclass(frozen=True, slots=True)
class SoundLimits:
    file_bytes: int = 256 << 20
    seconds: float = 600.0
    least_seconds: float = 0.1
    decoded_bytes: int = 64 << 20
    """Of the samples that are returned."""
    source_bytes: int = 1 << 30
    """Of the samples before they are resampled: bounds the work that a forged rate can ask for."""


def decode(path: Path, rate: int, limits: SoundLimits) -> AudioClip:
    """All of a sound file, mono, at ``rate`` Hz. Raises MediaError."""
    with open_regular(path, limits.file_bytes) as file:
        demuxer = sniff(file.read(_HEAD))
        if demuxer is None:
            happened = f"{path.name} is not a sound file of a kind that can be read."
            raise refusal(happened, f"Save it as {_SPELLED}.")
        file.seek(0)
        try:
            samples = _decode(file, demuxer, rate, _Meter(path.name, rate, limits))
        except (av.FFmpegError, ValueError, OverflowError) as error:
            raise _damaged(path.name) from error
        except MemoryError as error:
            happened = f"{path.name} needs more memory than a sound may have."
            raise refusal(happened, "Make it shorter.") from error
    return AudioClip(_in_range(samples), rate, path.name)


def sniff(head: bytes) -> str | None:
    """FFmpeg's demuxer for the few kinds of files that are let in; it is never left to guess."""
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"fLaC":
        return "flac"
    if head[:4] == b"OggS":
        return "ogg"
    if head[4:8] == b"ftyp":
        return "mov"
    if head[:3] == b"ID3" or (head[:1] == b"\xff" and head[1:2] >= b"\xe0"):
        return "mp3"
    return None


class _Meter:
    """Counts what comes out of the decoder and refuses what is too much."""

    def __init__(self, name: str, rate: int, limits: SoundLimits) -> None:
        self._name = name
        self._rate = rate
        self._limits = limits
        self._seconds = 0.0
        self._source_bytes = 0
        self._decoded_bytes = 0

    def count_source(self, frame: AudioFrame) -> None:
        if frame.sample_rate not in _SOURCE_RATES:
            happened = f"{self._name} claims {frame.sample_rate} samples a second."
            raise refusal(happened, f"Save it again as {_SPELLED}.")
        self._seconds += frame.samples / frame.sample_rate
        self._source_bytes += frame.samples * frame.format.bytes * len(frame.layout.channels)
        if self._seconds > self._limits.seconds:
            raise self._too_long(f"{self._limits.seconds / 60:.0f} minutes")
        if self._source_bytes > self._limits.source_bytes:
            raise self._too_long(f"{self._limits.source_bytes >> 20} MiB of samples")

    def count_decoded(self, size: int) -> None:
        self._decoded_bytes += size
        if self._decoded_bytes > self._limits.decoded_bytes:
            raise self._too_long(f"{self._limits.decoded_bytes >> 20} MiB at {self._rate} Hz")

    def finish(self) -> None:
        if self._decoded_bytes / 4 / self._rate < self._limits.least_seconds:
            happened = f"{self._name} has less than {self._limits.least_seconds:g} s of sound."
            raise refusal(happened, "Choose a longer recording, or copy it again.")

    def _too_long(self, limit: str) -> MediaError:
        happened = f"{self._name} is too long; the limit is {limit}."
        return refusal(happened, "Cut it into shorter pieces.")


def _decode(file: BinaryIO, demuxer: str, rate: int, meter: _Meter) -> bytes:
    pieces: list[bytes] = []
    with av.open(file, mode="r", format=demuxer, metadata_errors="replace") as container:
        resampler = AudioResampler(format="flt", layout="mono", rate=rate)
        for frame in _frames(container):
            meter.count_source(frame)
            frame.pts = None  # gaps in the clock are no silence
            _gather(resampler.resample(frame), pieces, meter)
        _gather(resampler.resample(None) if pieces else [], pieces, meter)
    meter.finish()
    return b"".join(pieces)


def _frames(container: InputContainer) -> Iterator[AudioFrame]:
    """Passes over packets that cannot be decoded, as players do; most of them must be good."""
    if not container.streams.audio:
        raise ValueError("no sound in it")
    stream = container.streams.audio[0]
    if stream.codec_context is None:
        raise ValueError("no decoder for it")
    stream.codec_context.thread_count = 1
    good = bad = 0
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
            good += 1
        except av.InvalidDataError:
            bad += 1
    if bad > good:
        raise ValueError(f"{bad} of {good + bad} packets are damaged")


def _gather(frames: list[AudioFrame], pieces: list[bytes], meter: _Meter) -> None:
    for frame in frames:
        size = frame.samples * 4  # the plane is padded behind that
        meter.count_decoded(size)
        pieces.append(bytes(memoryview(frame.planes[0])[:size]))


def _in_range(samples: bytes) -> bytes:
    """Floating-point files may hold anything: NaN becomes silence, the rest is held to [-1, 1]."""
    numbers = np.nan_to_num(np.frombuffer(samples, np.float32), nan=0.0, posinf=1.0, neginf=-1.0)
    return np.clip(numbers, -1.0, 1.0).astype(np.float32).tobytes()


def _damaged(name: str) -> MediaError:
    return refusal(
        f"{name} is damaged, cut short, or holds no sound that can be decoded.",
        f"Copy or download it again, or save it as {_SPELLED}.",
    )
