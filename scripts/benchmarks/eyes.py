"""What the eyes cost: a camera's frame on its way to the encoder, and the largest photos."""

from __future__ import annotations

import base64
import io
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pil

from benchmarks.machine import children, forget_peak, peak_bytes
from benchmarks.samples import Bar, Guard, Result, Samples, interleave
from edgeomni.values import Fit, Image
from edgeomni.vision.camera_frame import FrameScaler, Layout, as_frame
from edgeomni.vision.client import EyesWorker

FRAME = (1280, 720)
FRAME_MS = 5.0
PHOTO = (8000, 6000)
PHOTO_SECONDS = 2.0
PHOTO_MB = 300.0
WANTED = Fit(side=896)
_REPEATS = 20
_LAYOUTS: tuple[Layout, ...] = ("rgb24", "yuv420p", "yuyv422")


def measure(rounds: int, scratch: Path) -> list[Result]:
    return [*camera(rounds), *photos(rounds, scratch)]


# ── the camera ───────────────────────────────────────────────────────────────────────────────────


def camera(rounds: int) -> list[Result]:
    """CPU time from a raw frame to the bytes that an encoder is given."""
    frames = _frames()
    return [_layout(layout, frames[layout], rounds) for layout in _LAYOUTS]


def _layout(layout: Layout, pixels: NDArray[np.uint8], rounds: int) -> Result:
    scaler, rgb = FrameScaler(), _frames()["rgb24"]
    measured = interleave(
        {
            "ours": lambda _: _cpu_ms(lambda: scaler.image(as_frame(pixels, layout), WANTED)),
            "png": lambda _: _cpu_ms(lambda: _as_png(rgb)),
        },
        rounds,
    )
    image = scaler.image(as_frame(pixels, layout), WANTED)
    return Result(
        "E9",
        f"{FRAME[0]}x{FRAME[1]} {layout} to {image.width}x{image.height}",
        Samples(measured["ours"], "ms"),
        Bar("at most", FRAME_MS, "ms"),
        f"resized and sent as PNG in base64: {min(measured['png']):.0f} ms",
        guards=(Guard("the colours are right", _is_near(image, rgb)),),
    )


def _frames() -> dict[Layout, NDArray[np.uint8]]:
    """The same scene in every layout: smooth, with some noise, as cameras give it."""
    chance = np.random.default_rng(9)
    blocks = pil.fromarray(chance.integers(0, 256, (9, 16, 3), np.uint8))
    smooth = np.asarray(blocks.resize(FRAME, pil.Resampling.BICUBIC), np.int16)
    noisy = np.clip(smooth + chance.integers(-4, 5, smooth.shape), 0, 255).astype(np.uint8)
    frame = as_frame(noisy, "rgb24")
    return {
        layout: np.asarray(frame.reformat(format=layout).to_ndarray(), np.uint8)
        for layout in _LAYOUTS
    }


def _as_png(rgb: NDArray[np.uint8]) -> bytes:
    """What takes the way over a file format: resized by Pillow, packed, spelled in letters."""
    file = io.BytesIO()
    pil.fromarray(rgb).resize((896, 504), pil.Resampling.BILINEAR).save(file, "PNG")
    return base64.b64encode(file.getvalue())


def _cpu_ms(act: Callable[[], object]) -> float:
    """Milliseconds of CPU for one of several in a row."""
    act()
    began = time.process_time()
    for _ in range(_REPEATS):
        act()
    return (time.process_time() - began) / _REPEATS * 1000


def _is_near(image: Image, rgb: NDArray[np.uint8]) -> bool:
    """Mean error of at most 3 of 255 against Pillow's own filter."""
    size = (image.width, image.height)
    wanted = np.asarray(pil.fromarray(rgb).resize(size, pil.Resampling.BOX), np.int16)
    seen = np.frombuffer(image.pixels, np.uint8).reshape(wanted.shape)
    return float(np.abs(seen - wanted).mean()) <= 3


# ── the photos ───────────────────────────────────────────────────────────────────────────────────


def photos(rounds: int, scratch: Path) -> list[Result]:
    """Wall time at the caller and the worker's peak of memory, for 48 megapixels. Linux."""
    eyes = EyesWorker(scratch / "eyes.log")
    try:
        files = _photo_files(scratch)
        eyes.image(files[0], WANTED)  # starts the worker
        return [result for path in files for result in _photo(eyes, path, rounds)]
    finally:
        eyes.close()


def _photo_files(scratch: Path) -> list[Path]:
    blocks = np.random.default_rng(27).integers(0, 256, (60, 80, 3), np.uint8)
    photo = pil.fromarray(blocks).resize(PHOTO, pil.Resampling.BICUBIC)
    photo.save(scratch / "photo.jpg", quality=92)
    photo.save(scratch / "progressive.jpg", quality=92, progressive=True)
    photo.quantize(64).convert("RGB").save(scratch / "drawing.png", compress_level=1)
    return sorted(scratch.glob("*.[jp]*g"))


def _photo(eyes: EyesWorker, path: Path, rounds: int) -> list[Result]:
    (pid,) = children(os.getpid())
    seconds, megabytes = [], []
    for _ in range(rounds):
        forget_peak(pid)
        began = time.perf_counter()
        eyes.image(path, WANTED)
        seconds.append(time.perf_counter() - began)
        megabytes.append(peak_bytes(pid) / 1e6)
    case = f"{path.name}, {PHOTO[0]}x{PHOTO[1]}, {path.stat().st_size >> 20} MiB"
    return [
        Result("F27", case, Samples(tuple(seconds), "s"), Bar("at most", PHOTO_SECONDS, "s")),
        Result("F27", case, Samples(tuple(megabytes), "MB"), Bar("at most", PHOTO_MB, "MB")),
    ]
