"""A decoded video frame becomes an upright RGB picture, or a sketch to compare it by."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from edgeomni.values import Fit, Image
from edgeomni.vision.frames import SKETCH_SIDE, Sketch, stamp
from edgeomni.vision.limits import ImageLimits, check_size
from edgeomni.vision.size import Size, fitted
from edgeomni.vision.tone import Transfer, srgb_from_hdr

_STRETCHES = (0.25, 4.0)
"""Width over height of one pixel: beyond these it is taken for square."""
_HD_LINES = 720
"""From here on, colours that are not described are those of HDTV."""
_UNSPECIFIED = 2
"""AVCOL_SPC_UNSPECIFIED."""
_HDR: dict[int, Transfer] = {16: "pq", 18: "hlg"}
"""AVCOL_TRC_SMPTE2084 and AVCOL_TRC_ARIB_STD_B67."""
_SMOOTH = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
_MATRIX = struct.Struct("=2i4x2i16x")
"""Of the nine numbers of a display matrix, the four that turn."""


@dataclass(frozen=True, slots=True)
class Turn:
    """How the rows and columns of a stored frame become those that are shown."""

    transposed: bool = False
    """Rows become columns, before anything is mirrored."""
    mirrored: bool = False
    """Left becomes right."""
    flipped: bool = False
    """Top becomes bottom."""

    @classmethod
    def of_matrix(cls, a: int, b: int, c: int, d: int) -> Turn:
        """The nearest to a display matrix, whose first column is shown at (a, b), first row (c, d).

        ISO/IEC 14496-12, 6.2.2: a point (x, y), y downwards, is shown at (ax + cy, bx + dy).
        """
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(True, mirrored=c < 0, flipped=b < 0)
        return cls(False, mirrored=a < 0, flipped=d < 0)

    def swapped(self, size: Size) -> Size:
        return (size[1], size[0]) if self.transposed else size

    def apply(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        turned = pixels.transpose(1, 0, 2) if self.transposed else pixels
        turned = turned[:, ::-1] if self.mirrored else turned
        return turned[::-1] if self.flipped else turned


def _read_turn(frame: VideoFrame) -> Turn:
    try:
        found: Any = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:  # side data of a kind that PyAV has no name for
        return Turn()
    matrix = b"" if found is None else bytes(found)
    return Turn.of_matrix(*_MATRIX.unpack(matrix)) if len(matrix) == _MATRIX.size else Turn()


class Easel:
    """Turns decoded frames into pictures and sketches."""

    def __init__(self, name: str, stretch: float, limits: ImageLimits) -> None:
        """``stretch`` is the width of a stored pixel over its height."""
        self._name = name
        self._stretch = stretch if _STRETCHES[0] <= stretch <= _STRETCHES[1] else 1.0
        self._limits = limits
        self._turns: dict[int, Turn] = {}
        self._painter = VideoReformatter()
        self._sketcher = VideoReformatter()

    def shown_size(self, frame: VideoFrame) -> Size:
        """Upright, and with square pixels. Raises MediaError."""
        check_size(frame.width, frame.height, self._name, self._limits)
        return self._turn(frame).swapped((max(1, round(frame.width * self._stretch)), frame.height))

    def picture(self, frame: VideoFrame, seconds: float, fit: Fit) -> Image:
        """Raises MediaError."""
        turn = self._turn(frame)
        width, height = turn.swapped(fitted(self.shown_size(frame), fit))
        pixels = np.ascontiguousarray(turn.apply(self._rgb(frame, width, height)))
        name = f"{self._name} [{stamp(seconds)}]"
        return Image(pixels.tobytes(), pixels.shape[1], pixels.shape[0], name)

    def sketch(self, frame: VideoFrame) -> Sketch:
        return self._small(frame).to_ndarray().tobytes()

    def _small(self, frame: VideoFrame) -> VideoFrame:
        return self._sketcher.reformat(
            frame,
            SKETCH_SIDE,
            SKETCH_SIDE,
            "yuv444p",
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.AREA,
            threads=1,
        )

    def _turn(self, frame: VideoFrame) -> Turn:
        """Read from a small copy: a frame whose side data were looked at lives on in a cycle."""
        angle = frame.rotation
        if angle not in self._turns:
            self._turns[angle] = _read_turn(self._small(frame))
        return self._turns[angle]

    def _rgb(self, frame: VideoFrame, width: int, height: int) -> NDArray[np.uint8]:
        """Scaled and converted in one go, with alpha laid on white."""
        clear = any(component.is_alpha for component in frame.format.components)
        is_hd = frame.colorspace == _UNSPECIFIED and frame.height >= _HD_LINES
        scaled = self._painter.reformat(
            frame,
            width,
            height,
            "rgba" if clear else "rgb24",
            src_colorspace=Colorspace.ITU709 if is_hd else None,
            interpolation=_SMOOTH,
            threads=1,
        )
        pixels: NDArray[Any] = scaled.to_ndarray()
        transfer = _HDR.get(frame.color_trc)
        colours = srgb_from_hdr(pixels[..., :3], transfer) if transfer else pixels[..., :3]
        if not clear:
            return colours
        alpha = pixels[..., 3:].astype(np.uint16)
        return ((colours * alpha + 255 * (255 - alpha)) // 255).astype(np.uint8)
