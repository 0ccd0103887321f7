"""A worker of the real room, with a gate so plain that its looks can be foretold."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, os.fspath(Path(__file__).resolve().parents[3]))

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation

from edgeomni.faults import from_environment
from edgeomni.process.__main__ import behave
from edgeomni.process.host import claim_pipes, serve
from edgeomni.vision.live.gate import Grid
from edgeomni.vision.live.worker import SightRoom


@dataclass(frozen=True)
class Look:
    why: str
    score: float
    since: float
    back: int = 0


@dataclass(frozen=True)
class Seen:
    score: float
    state: str
    look: Look | None


class PlainGate:
    """Looks at the first frame, and at each that differs from the one looked at last."""

    KEEP = 4

    def __init__(self, rules: Any = None) -> None:
        self._before: Grid | None = None

    def see(self, at: float, grid: Grid, /) -> Seen:
        before = self._before
        if before is None or before.shape != grid.shape:
            score, why = 1.0, "first" if before is None else "change"
        else:
            score, why = float(np.abs(grid.astype(int) - before).mean()) / 255, "change"
        if score < 0.1:
            return Seen(score, "still", None)
        self._before = grid
        return Seen(score, "still", Look(why, score, at))


def to_grid(frame: VideoFrame) -> Grid:
    return frame.reformat(16, 9, "gray", interpolation=Interpolation.AREA).to_ndarray()


if __name__ == "__main__":
    pipes = claim_pipes()
    behave()
    serve("sight", lambda: SightRoom(PlainGate, to_grid, from_environment(os.environ)), pipes)
