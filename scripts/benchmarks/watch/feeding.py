"""Cameras in processes of their own, so that what they cost is not counted for who watches.

They show a room in which nothing happens, with the noise of a sensor and lamps that flicker.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from benchmarks.watch import raw_camera, resting
from tests.vision.live.cameras import Camera

STREAM = (1280, 720)


class Packed(Camera):
    """Sends what was packed before."""

    def __init__(self, frames: Sequence[bytes], rate: float) -> None:
        super().__init__()
        self._packed, self.rate = frames, rate

    def picture(self, number: int) -> bytes:
        return self._packed[number % len(self._packed)]


@contextmanager
def raw(pipe: Path) -> Iterator[None]:
    """Inside, raw frames go into the named pipe as soon as somebody reads them."""
    os.mkfifo(pipe)
    with _running("raw", str(pipe)):
        yield


@dataclass(frozen=True)
class Served:
    """An MJPEG stream of 1280x720 on this machine."""

    address: str
    kib: int
    """Of a frame, in the mean."""


@contextmanager
def stream(rate: float) -> Iterator[Served]:
    """Inside, it is there, with so many frames a second."""
    with _running("stream", str(rate)) as running:
        assert running.stdout is not None
        address, kib = running.stdout.readline().split()
        yield Served(address, int(kib))


@contextmanager
def _running(*words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-P", __file__, *words]
    pipe, places = subprocess.PIPE, {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, env=os.environ | places, text=True
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def _feed(pipe: str) -> None:
    frames = [pixels.tobytes() for pixels in resting.yuyv(raw_camera.SIZE)]
    with suppress(BrokenPipeError), open(pipe, "wb", buffering=0) as out:
        due = time.monotonic()
        for frame in cycle(frames):
            view = memoryview(frame)
            while view:
                view = view[out.write(view) or 0 :]
            due += 1 / raw_camera.RATE
            time.sleep(max(0.0, due - time.monotonic()))


def _serve(rate: float) -> None:
    frames = resting.jpegs(STREAM)
    with Packed(frames, rate) as camera:
        print(camera.address, sum(map(len, frames)) // len(frames) >> 10, flush=True)
        sys.stdin.read()  # until nobody needs it any more


if __name__ == "__main__":
    what, how = sys.argv[1:]
    if what == "raw":
        _feed(how)
    else:
        _serve(float(how))
