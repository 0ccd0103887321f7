"""What a WAV file says of itself, and how much of that to believe."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from edgeomni.errors import MediaError
from edgeomni.regular import open_regular

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATES = (1_000, 768_000)
"""Hertz, from the slowest that carries speech to the fastest that any device has."""
CHANNELS = 64
_CHUNKS = 1_000
"""Chunks before the sound; more is no file that a program wrote."""
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_CODINGS = {
    (_PCM, 1): "u1",
    (_PCM, 2): "<i2",
    (_PCM, 3): "i3",
    (_PCM, 4): "<i4",
    (_FLOAT, 4): "<f4",
    (_FLOAT, 8): "<f8",
}
"""(kind, bytes of one sample) -> how numpy calls it; ``i3`` is ours, numpy has none."""
_REMEDY = "Save it as WAV with 16 bits."
_UNKNOWN = (0x7FFFF000, 0x80000000, 0xFFFFFFFF, 2**64 - 1)
"""Lengths that stand for one that was not known: programs that write into a pipe say so, of the
sound or of the whole file."""
_HEADS = 256
"""Bytes that may lie between the two."""
_UNHEARD = 0.1
"""Seconds of sound that nobody misses."""


@dataclass(frozen=True, slots=True)
class WavFormat:
    rate: int
    """Hertz"""
    channels: int
    coding: str
    start: int
    """Bytes before the sound."""
    end: int
    """Bytes from the beginning of the file to the end of the sound."""
    missing: int = 0
    """Bytes of sound that the file tells of and does not hold."""

    def cut_short(self, name: str) -> str:
        """A sentence on the sound that is missing; empty where none is."""
        second = self.rate * self.frame
        if self.missing < _UNHEARD * second:
            return ""
        there = self.end - self.start
        told = f"{(there + self.missing) / second:.1f} s of sound"
        return f"{name} is cut short: it tells of {told}, and holds the first {there / second:.1f}."

    @property
    def frame(self) -> int:
        """Bytes of one sample of all channels."""
        return self.channels * int(self.coding[-1])

    def samples(self, raw: bytes) -> NDArray[np.float32]:
        """Whole frames as (frames, channels), integers scaled to [-1, 1]."""
        usable = raw[: len(raw) // self.frame * self.frame]
        return _numbers(usable, self.coding).reshape(-1, self.channels)


def cut_short(path: Path) -> str:
    """As the method; empty as well for what is no WAV file that can be read."""
    try:
        with open_regular(path) as file:
            return read_format(file, path.name).cut_short(path.name)
    except (OSError, MediaError):
        return ""


def read_format(file: BinaryIO, name: str) -> WavFormat:
    """Raises MediaError, OSError.

    A program that was killed, or that wrote into a pipe, leaves a wrong length in the header: where
    it is none, or more than there is, or what lies behind it is no chunk, the sound goes on to the
    end of the file.
    """
    size = os.fstat(file.fileno()).st_size
    head = file.read(12)
    if head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
        raise _refusal(name, "is not a WAV file", "Convert it to WAV, or use `transcribe` for it.")
    fmt, claimed_64 = b"", 0
    for _ in range(_CHUNKS):
        header = file.read(8)
        if len(header) < 8:
            break
        kind, claimed = header[:4], int.from_bytes(header[4:], "little")
        if kind == b"data" and fmt:
            start, claimed = file.tell(), claimed_64 or claimed
            if not _ends_in_chunks(file, start + claimed, size):
                claimed = size - start
            return _format(name, fmt, (start, size, claimed))
        here = file.tell()
        if kind == b"fmt ":
            fmt = file.read(min(claimed, 40))
        elif kind == b"ds64":
            claimed_64 = int.from_bytes(file.read(16)[8:], "little")
        file.seek(here + claimed + claimed % 2)
    raise _refusal(name, "has no sound in it")


def _format(name: str, fmt: bytes, place: tuple[int, int, int]) -> WavFormat:
    kind, channels = _number(fmt, 0, 2), _number(fmt, 2, 2)
    rate, width = _number(fmt, 4, 4), (_number(fmt, 14, 2) + 7) // 8
    if kind == _EXTENSIBLE:
        kind = _number(fmt, 24, 2)
    if not 1 <= channels <= CHANNELS:
        raise _refusal(name, f"claims to have {channels} channels")
    if not RATES[0] <= rate <= RATES[1]:
        raise _refusal(name, f"claims to have {rate} samples a second")
    coding = _CODINGS.get((kind, width))
    if coding is None:
        raise _refusal(name, f"is coded in a way (kind {kind}, {8 * width} bits) that is not read")
    start, size, claimed = place
    end = start + claimed if 0 < claimed <= size - start else size
    missing = 0 if _is_unknown(claimed) else max(0, claimed - (size - start))
    return WavFormat(rate, channels, coding, start, end, missing)


def _ends_in_chunks(file: BinaryIO, end: int, size: int) -> bool:
    """Whether the sound may end there: behind it is the end of the file, or another chunk."""
    end += end % 2
    if size - end < 8:
        return True
    file.seek(end)
    header = file.read(8)
    name, length = header[:4], int.from_bytes(header[4:], "little")
    return all(0x20 <= letter < 0x7F for letter in name) and length <= size - end - 8


def _is_unknown(claimed: int) -> bool:
    return any(known - _HEADS <= claimed <= known for known in _UNKNOWN)


def _number(raw: bytes, at: int, length: int) -> int:
    """0 where the chunk is too short for it."""
    return int.from_bytes(raw[at : at + length], "little")


def _numbers(raw: bytes, coding: str) -> NDArray[np.float32]:
    import numpy as np

    if coding == "u1":
        return (np.frombuffer(raw, np.uint8).astype(np.float32) - 128) * np.float32(2**-7)
    if coding == "i3":
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        return wide.view("<i4")[:, 0].astype(np.float32) * np.float32(2**-31)
    found = np.frombuffer(raw, coding)
    if coding.startswith("<i"):
        return found.astype(np.float32) * np.float32(2.0 ** (1 - 8 * found.itemsize))
    with np.errstate(over="ignore", invalid="ignore"):  # 1e300 becomes infinite, and then silence
        return found.astype(np.float32)


def _refusal(name: str, what: str, remedy: str = _REMEDY) -> MediaError:
    return MediaError(f"{name} {what}.", remedy=remedy)
