"""Generates the pictures and sounds of these tests: nothing foreign is kept in the repository."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from PIL import Image as pil


def encoded(picture: pil.Image, format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def tone(seconds: float, rate: int, frequency: float = 440.0) -> np.ndarray:
    """A sine of amplitude 0.5, float32."""
    times = np.arange(int(seconds * rate), dtype=np.float32) / rate
    return (0.5 * np.sin(2 * np.pi * frequency * times)).astype(np.float32)


def write_sound(path: Path, codec: str, samples: np.ndarray, rate: int) -> Path:
    """Encode mono float32 samples with FFmpeg; the container follows from the name's ending."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        frame = AudioFrame.from_ndarray(samples[None, :], format="flt", layout="mono")
        frame.sample_rate = rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
