"""C1: a camera that shows a room in which nothing happens."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Sequence

import av
import numpy as np
from av.video.frame import VideoFrame
from PIL import Image as pil

from benchmarks.samples import Bar, Guard, Result, Samples
from benchmarks.watch.judge import feed, watch
from benchmarks.watch.lookout import Lookout
from benchmarks.watch.scenes import clip
from benchmarks.watch.weather import Weather
from edgeomni.vision.camera_frame import as_frame
from edgeomni.vision.gate.change import Gate, GateRules, grid

WEATHERS = {
    "noise of 12 levels": Weather(12),
    "the same in the dark": Weather(12, light=0.3),
    "all of it flickers": Weather(6, "global", 0.1),
    "bands that wander": Weather(6, "rolling", 0.1),
    "bands of 60 Hz, noise of 12, dim": Weather(12, "rolling", 0.1, light=0.4, mains=60),
    "exposure drifts and steps": Weather(4, drift=0.2, steps=0.05),
    "bands, drift and JPEG": Weather(8, "rolling", 0.08, drift=0.1, steps=0.03, jpeg=60, light=0.7),
}
UNEASY = {
    "three plants in the wind": Weather(4, plants=3),
    "shadow of a cloud": Weather(4, cloud=0.2),
}
"""Where something does change, and more than no look is fair."""
SECONDS = 60.0
RATE = 10
FRAME_MS = 0.2
_SEEDS = range(500, 503)
_FRAMES = 40
_QUALITY = 80
_RESTING = Weather(6, "rolling")

Timed = Iterator[tuple[float, VideoFrame]]


def nothing_happens(lookout: Lookout) -> list[Result]:
    looks = [
        _looks(name, weather, Bar("at most", 0, "looks")) for name, weather in WEATHERS.items()
    ]
    uneasy = [_looks(name, weather, None) for name, weather in UNEASY.items()]
    rounds = lookout.rounds
    return [*looks, *uneasy, *_gate(rounds), *_loops(rounds)]


def _looks(name: str, weather: Weather, bar: Bar | None) -> Result:
    clips = (clip(seed, weather, (), rate=RATE, seconds=SECONDS) for seed in _SEEDS)
    sighted = [watch(each, GateRules()) for each in clips]
    first = Guard("a first look came at each", all(map(len, sighted)))
    case = f"looks behind the first in {len(sighted)} clips of {SECONDS:.0f} s: {name}"
    count = sum(map(len, sighted)) - len(sighted)
    return Result("C1", case, Samples((count,), "looks"), bar, guards=(first,))


# ── what it costs ────────────────────────────────────────────────────────────────────────────────


def _gate(rounds: int) -> list[Result]:
    return [_gate_alone(size, rounds) for size in ((640, 360), (1280, 720))]


def _gate_alone(size: tuple[int, int], rounds: int) -> Result:
    frames = [as_frame(_yuv420p(luma), "yuv420p") for luma in _lumas(size)]

    def once() -> object:
        gate = Gate(GateRules())
        return [gate.see(number / RATE, grid(frame)) for number, frame in enumerate(frames)]

    values = tuple(_cpu_ms(once) / len(frames) for _ in range(rounds))
    case = f"grid and gate, a frame of {size[0]}x{size[1]} yuv420p"
    return Result("C1", case, Samples(values, "ms"), Bar("at most", FRAME_MS, "ms"))


def _loops(rounds: int) -> list[Result]:
    raw, packed = yuyv((640, 360)), jpegs((1280, 720))
    size = f"{sum(map(len, packed)) / len(packed) / 1024:.0f} KiB a frame"
    return [
        _loop("640x360 raw YUYV", lambda: _raw(raw), rounds, 2.0),
        _loop(f"1280x720 MJPEG, {size}, read at an eighth", lambda: _mjpeg(packed, 3), rounds, 3.0),
        _loop(f"1280x720 MJPEG, {size}, read in full", lambda: _mjpeg(packed, 0), rounds, None),
    ]


def _loop(name: str, frames: Callable[[], Timed], rounds: int, most: float | None) -> Result:
    """From the bytes that a camera gives to the gate's decision."""
    each = tuple(_cpu_ms(lambda: feed(frames(), GateRules())) / _FRAMES for _ in range(rounds))
    values = tuple(ms * RATE / 10 for ms in each)
    bar = Bar("at most", most, "%") if most else None
    return Result("C1", f"a core at {RATE} frames a second, {name}", Samples(values, "%"), bar)


def _raw(arrays: Sequence[np.ndarray]) -> Timed:
    for number, pixels in enumerate(arrays):
        yield number / RATE, as_frame(pixels, "yuyv422")


def _mjpeg(packed: Sequence[bytes], lower: int) -> Timed:
    """``lower``: how often sides are halved in decoding; the rest of a block is left out."""
    decoder = av.CodecContext.create("mjpeg", "r")
    decoder.options = {"lowres": str(lower)}
    decoder.thread_count = 1
    for number, data in enumerate(packed):
        for frame in decoder.decode(av.Packet(data)):
            yield number / RATE, frame


def _cpu_ms(act: Callable[[], object]) -> float:
    began = time.thread_time()
    act()
    return (time.thread_time() - began) * 1000


def yuyv(size: tuple[int, int]) -> list[np.ndarray]:
    """Raw frames of the room, rows x columns x 2, as most cameras give them."""
    return [np.stack([luma, np.full_like(luma, 128)], axis=2) for luma in _lumas(size)]


def jpegs(size: tuple[int, int]) -> list[bytes]:
    return [_jpeg(luma) for luma in _lumas(size)]


def _lumas(size: tuple[int, int]) -> list[np.ndarray]:
    still = clip(_SEEDS.start, _RESTING, (), rate=RATE, size=size, seconds=_FRAMES / RATE)
    return [luma for _, luma in still.frames()]


def _yuv420p(luma: np.ndarray) -> np.ndarray:
    return np.concatenate([luma, np.full_like(luma[: len(luma) // 2], 128)])


def _jpeg(luma: np.ndarray) -> bytes:
    """In colours, as a camera packs it."""
    file = io.BytesIO()
    rgb = np.stack([luma, luma, np.minimum(luma, 235)], axis=2)
    pil.fromarray(rgb).save(file, "JPEG", quality=_QUALITY, subsampling=1)
    return file.getvalue()
