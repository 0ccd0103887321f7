"""What the loop needs of whoever decides which frames are worth a look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

Grid: TypeAlias = NDArray[np.uint8]
"""Rows x columns of luma."""
ToGrid: TypeAlias = Callable[[VideoFrame], Grid]


class Chosen(Protocol):
    """A frame worth a look."""

    @property
    def why(self) -> str: ...

    @property
    def score(self) -> float: ...

    @property
    def since(self) -> float:
        """Seconds, by the times that the gate is told: when the change began."""
        ...

    @property
    def back(self) -> int:
        """How many frames before the one just seen it is."""
        ...


class Verdict(Protocol):
    @property
    def score(self) -> float: ...

    @property
    def state(self) -> str: ...

    @property
    def look(self) -> Chosen | None: ...


class Gate(Protocol):
    """Sees every frame as a grid, and says when one is worth a look."""

    KEEP: int
    """Frames, with the one just seen, among which ``back`` chooses."""

    def see(self, at: float, grid: Grid, /) -> Verdict: ...
