"""A clip that is being looked through: each next frame goes on from the one before."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from edgeomni.values import Frame, FrameRequest
from edgeomni.vision import video


class Reel:
    """Keeps one clip open between requests; where it cannot go on, it reads from the beginning."""

    def __init__(self) -> None:
        self._next: tuple[Path, FrameRequest, int] | None = None
        self._frames: Generator[Frame] | None = None

    def frame(self, path: Path, request: FrameRequest, number: int) -> Frame | None:
        """Number ``number``, from 0, of the frames that are asked for; None behind the last.

        Raises MediaError.
        """
        frames = self._frames
        if frames is None or self._next != (path, request, number):
            frames = self._rewound(path, request, number)
        self._next = None  # as long as it is not known to have gone well
        found = next(frames, None)
        if found:
            self._next = (path, request, number + 1)
        else:
            self.close()
        return found

    def close(self) -> None:
        """Let go of the file."""
        if self._frames is not None:
            self._frames.close()
        self._frames = None

    def _rewound(self, path: Path, request: FrameRequest, number: int) -> Generator[Frame]:
        self.close()
        self._frames = video.frames(path, request)
        for _ in range(number):
            next(self._frames, None)
        return self._frames
