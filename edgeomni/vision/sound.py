"""Decode a sound or the soundtrack of a film, behind limits counted meanwhile: mono float32."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from edgeomni.errors import MediaError
from edgeomni.values import WHOLE, AudioClip, Span
from edgeomni.vision.container import is_decodable, opened, origin, read_only
from edgeomni.vision.frames import stamp
from edgeomni.vision.source import refusal

_SPELLED = "WAV, FLAC, MP3, Ogg, Opus or M4A"
_SOURCE_RATES = range(1_000, 768_001)
"""Hertz. A forged rate of 1 would make one packet into hours."""
_RUN_UP = 0.5
"""Seconds before a span from which is decoded: codecs need up to 80 ms to become right again."""


@dataclass(frozen=True, slots=True)
class SoundLimits:
    file_bytes: int = 64 << 30
    """A film may be large: of a file, only its sound is read, and that within the span."""
    seconds: float = 600.0
    least_seconds: float = 0.1
    decoded_bytes: int = 64 << 20
    """Of the samples that are returned."""
    source_bytes: int = 1 << 30
    """Of the samples before they are resampled: bounds the work that a forged rate can ask for."""


def decode(path: Path, rate: int, limits: SoundLimits, span: Span = WHOLE) -> AudioClip:
    """What is heard in ``span``, mono, at ``rate`` Hz. Raises MediaError."""
    with opened(path, "a sound", _SPELLED, limits.file_bytes) as container:
        stream = next(filter(is_decodable, container.streams.audio), None)
        if stream is None:
            happened = f"{path.name} holds no sound that can be decoded."
            raise refusal(happened, f"Choose another file, or save its sound as {_SPELLED}.")
        read_only(container, stream)
        samples = _decode(container, stream, rate, span, _Meter(path.name, rate, span, limits))
    return AudioClip(_in_range(samples), rate, path.name)


class _Meter:
    """Counts what comes out of the decoder and refuses what is too much."""

    def __init__(self, name: str, rate: int, span: Span, limits: SoundLimits) -> None:
        self._name = name
        self._rate = rate
        self._span = span
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

    def finish(self, size: int) -> None:
        """``size`` is that of all samples, in bytes."""
        if size / 4 / self._rate < self._limits.least_seconds:
            place = f" from {stamp(self._span.start)}" if self._span != WHOLE else ""
            least = f"{self._limits.least_seconds:g} s"
            happened = f"{self._name} has less than {least} of sound{place}."
            raise refusal(happened, "Choose a longer recording, or copy it again.")

    def _too_long(self, limit: str) -> MediaError:
        happened = f"{self._name} is too long; the limit is {limit}."
        return refusal(happened, "Cut it into shorter pieces.")


def _decode(
    container: InputContainer, stream: AudioStream, rate: int, span: Span, meter: _Meter
) -> bytes:
    pieces: list[bytes] = []
    resampler = AudioResampler(format="flt", layout="mono", rate=rate)
    first = 0.0
    for at, frame in _within(span, _timed(container, stream, span)):
        first = first if pieces else at
        meter.count_source(frame)
        frame.pts = None  # gaps in the clock are no silence
        _gather(resampler.resample(frame), pieces, meter)
    _gather(resampler.resample(None) if pieces else [], pieces, meter)
    samples = _cut(b"".join(pieces), first, span, rate)
    meter.finish(len(samples))
    return samples


def _timed(
    container: InputContainer, stream: AudioStream, span: Span
) -> Iterator[tuple[float, AudioFrame]]:
    """Frames with the seconds at which they begin, from a little before the span."""
    tick, began = float(stream.time_base or 0), origin(container)
    if span.start and tick:
        with suppress(av.FFmpegError):  # then all that comes before is passed over instead
            container.seek(int((span.start - _RUN_UP + began) / tick), stream=stream)
    at = 0.0
    for frame in _frames(container, stream):
        at = at if frame.pts is None else frame.pts * tick - began
        yield at, frame
        at += frame.samples / max(1, frame.sample_rate)


def _within(
    span: Span, timed: Iterator[tuple[float, AudioFrame]]
) -> Iterator[tuple[float, AudioFrame]]:
    for at, frame in timed:
        if at >= span.end:
            return
        if at + frame.samples / max(1, frame.sample_rate) > span.start:
            yield at, frame


def _cut(samples: bytes, first: float, span: Span, rate: int) -> bytes:
    """Without what lies before the span or behind it; ``first`` is when the samples begin."""
    skipped = max(0, round((span.start - first) * rate)) if span.start else 0
    kept = samples[4 * skipped :]
    if math.isinf(span.end):
        return kept
    return kept[: 4 * max(0, round((span.end - max(first, span.start)) * rate))]


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Passes over packets that cannot be decoded, as players do; most of them must be good."""
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
