"""Clips put together to one WAV file, in memory."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from edgeomni.values import AudioClip


class WavBytes:
    """16 bits, mono, at the rate of its clips."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        """Hertz"""
        self._parts: list[bytes] = []

    @property
    def seconds(self) -> float:
        return self._size / 2 / self.rate

    @property
    def _size(self) -> int:
        return sum(map(len, self._parts))

    def add(self, clip: AudioClip) -> None:
        """Put it behind the others: a minute at 24 kHz takes 2.9 MB."""
        import numpy as np

        if clip.rate != self.rate:
            raise ValueError(f"{clip.rate} Hz in a file of {self.rate} Hz")
        samples = np.frombuffer(clip.samples, np.float32).clip(-1.0, 1.0)
        self._parts.append((samples * 32767).round().astype("<i2").tobytes())

    def parts(self) -> Iterator[bytes]:
        """The whole file, piece by piece."""
        yield header(self.rate, self._size)
        yield from self._parts


HEADER = 44
"""Bytes before the sound."""


def header(rate: int, size: int) -> bytes:
    """Of a file with so many bytes of sound: 16 bits, mono, at a rate in hertz."""
    shape = struct.pack("<IHHIIHH", 16, 1, 1, rate, 2 * rate, 2, 16)
    riff = b"RIFF" + struct.pack("<I", HEADER - 8 + size) + b"WAVEfmt " + shape
    return riff + b"data" + struct.pack("<I", size)
