"""Generates the pictures, sounds and clips of these tests: nothing foreign is in the repository."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from PIL import Image as pil

from edgeomni.values import Image


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


# ── clips ────────────────────────────────────────────────────────────────────────────────────────

_BITS = 12


def numbered_picture(number: int, width: int = 192, height: int = 64) -> np.ndarray:
    """``number`` in twelve upright bars, bright for 1, the lowest bit on the left."""
    bits = [number >> bit & 1 for bit in range(_BITS)]
    row = np.repeat(np.where(bits, 235, 20), width // _BITS).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(row[None, :, None], (height, width, 3)))


def read_number(image: Image) -> int:
    """What ``numbered_picture`` shows, as far as it survives a codec and a resize."""
    pixels = np.frombuffer(image.pixels, np.uint8).reshape(image.height, image.width, 3)
    middles = [(2 * bit + 1) * image.width // (2 * _BITS) for bit in range(_BITS)]
    return sum(
        int(pixels[image.height // 2, x].mean() > 128) << bit for bit, x in enumerate(middles)
    )


def write_clip(
    path: Path,
    pictures: Iterable[np.ndarray],
    codec: str = "libx264",
    *,
    rate: int = 10,
    times: Sequence[int] | None = None,
    keys: int = 20,
    b_frames: int = 0,
    sound: np.ndarray | None = None,
    pixel_format: str = "yuv420p",
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
    tune: Callable[[Any], None] = lambda stream: None,
) -> Path:
    """A clip of RGB pictures; ``times`` are in ticks of 1/``rate`` s, by default one after another.

    ``keys`` is the largest distance of keyframes; ``sound`` is at 16 kHz, mono.
    """
    with av.open(str(path), "w", container_options=container or {}) as file:
        film = file.add_stream(codec, rate=rate, options=options or {})
        track = None if sound is None else file.add_stream("aac", rate=16000, layout="mono")
        tune(film)
        for index, pixels in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            if not index:
                film.height, film.width = pixels.shape[:2]
                film.pix_fmt, film.gop_size = pixel_format, keys
                film.codec_context.max_b_frames = b_frames
            frame.pts = index if times is None else times[index]
            frame.time_base = Fraction(1, rate)
            file.mux(film.encode(frame))
        file.mux(film.encode(None))
        if track and sound is not None:
            heard = AudioFrame.from_ndarray(sound[None, :], format="flt", layout="mono")
            heard.sample_rate = 16000
            file.mux(track.encode(heard))
            file.mux(track.encode(None))
    return path


def numbered_clip(path: Path, frames: int, codec: str = "libx264", **options: Any) -> Path:
    """A clip whose frames tell which they are."""
    return write_clip(path, map(numbered_picture, range(frames)), codec, **options)


def join_clips(path: Path, parts: Sequence[Path], seconds: int, total: int) -> Path:
    """``total`` clips of ``seconds`` each, the parts again and again, copied and not encoded."""
    with av.open(str(path), "w") as joined, av.open(str(parts[0])) as model:
        tracks = [joined.add_stream_from_template(stream) for stream in model.streams]
        last = [-math.inf] * len(tracks)
        for number in range(total):
            with av.open(str(parts[number % len(parts)])) as part:
                for packet in part.demux():
                    if packet.dts is None:
                        continue
                    begin = round(number * seconds / packet.time_base)
                    packet.pts, packet.dts = packet.pts + begin, packet.dts + begin
                    if packet.dts > last[packet.stream_index]:  # sound frames overlap a little
                        last[packet.stream_index] = packet.dts
                        packet.stream = tracks[packet.stream_index]
                        joined.mux(packet)
    return path
