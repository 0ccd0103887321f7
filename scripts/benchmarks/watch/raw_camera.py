"""A sight worker whose camera is a named pipe: raw frames come out of it as out of a driver.

FFmpeg reads and decodes them as it does those of a camera; there is only no USB in between.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, os.fspath(Path(__file__).resolve().parents[3]))  # of this very checkout

from edgeomni.process.__main__ import behave
from edgeomni.process.host import claim_pipes, serve
from edgeomni.vision.device import Device
from edgeomni.vision.live.address import Source
from edgeomni.vision.live.footage import Footage, footage
from edgeomni.vision.live.shot import Errand, Shot, Slot
from edgeomni.vision.live.worker import make_room

SIZE = (640, 360)
RATE = 10
"""Frames a second."""
_OPTIONS = {
    "video_size": f"{SIZE[0]}x{SIZE[1]}",
    "pixel_format": "yuyv422",
    "framerate": str(RATE),
}


def out_of(pipe: str) -> Footage:
    def film(source: Source, errand: Errand, slot: Slot, fast: bool) -> Generator[Shot]:
        piped = replace(source, device=Device(pipe, "rawvideo", _OPTIONS))
        return footage(piped, errand, slot, fast)

    return film


if __name__ == "__main__":
    worker_pipes = claim_pipes()
    behave()
    serve("sight", lambda: make_room(out_of(sys.argv[1])), worker_pipes)
