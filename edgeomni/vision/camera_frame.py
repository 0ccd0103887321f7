"""A frame of a camera becomes what an encoder takes: made small and RGB in one pass.

Nothing is encoded on the way: a PNG of the same frame costs more than all the rest together.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from edgeomni.values import Fit, Image
from edgeomni.vision.size import fitted

Layout = Literal["rgb24", "yuv420p", "nv12", "yuyv422"]
"""As FFmpeg names them; rows x columns x 3 for RGB, rows x columns x 2 for YUYV, and the planes
above each other, rows * 3 / 2 x columns, for the others."""


def as_frame(pixels: NDArray[np.uint8], layout: Layout) -> VideoFrame:
    """A raw frame from a camera, as an array. Raises ValueError when its shape is another."""
    return VideoFrame.from_ndarray(pixels, format=layout)


class FrameScaler:
    """Keeps the tables of the last sizes: one for each camera. Not for several threads at once."""

    def __init__(self) -> None:
        self._scaler = VideoReformatter()

    def image(self, frame: VideoFrame, fit: Fit, name: str = "") -> Image:
        """``frame`` within ``fit``: upright as it comes, sRGB as far as cameras keep to BT.601."""
        width, height = fitted((frame.width, frame.height), fit)
        small = self._scaler.reformat(
            frame, width, height, "rgb24", interpolation=Interpolation.AREA, threads=1
        )
        return Image(small.to_ndarray().tobytes(), width, height, name)
