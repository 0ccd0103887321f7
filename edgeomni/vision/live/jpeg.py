"""JPEG frames are decoded at a quarter of their sides, and whole only when somebody looks at one.

What is seldom looked at is cheap to see: of 1280x720, 1.3 ms instead of 2.1 of one core.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import av
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from edgeomni.vision.source import refusal
from edgeomni.vision.video import LIMITS

LARGE = 1000
"""Pixels of the width from which that pays."""
SHRUNK = 4
"""Times, of each side."""
_LOWRES = "2"
"""The logarithm of that."""
Whole: TypeAlias = Callable[[], VideoFrame]
"""Decodes a frame at its full size. Raises MediaError."""


class JpegDecoder:
    """One thread asks for small frames, and one for whole ones."""

    def __init__(self) -> None:
        self._small = _decoder({"lowres": _LOWRES})
        self._whole = _decoder({})

    def small(self, packet: Packet[VideoStream]) -> list[VideoFrame]:
        """Raises FFmpegError."""
        return self._small.decode(packet)

    def whole(self, packet: Packet[VideoStream]) -> Whole:
        def decoded() -> VideoFrame:
            try:
                return self._whole.decode(packet)[0]
            except (av.FFmpegError, IndexError) as error:
                happened = "A frame of the stream is damaged."
                raise refusal(happened, "Wait for the next one.") from error

        return decoded


def _decoder(options: dict[str, str]) -> VideoCodecContext:
    made = av.CodecContext.create("mjpeg", "r")
    made.options = options | {"max_pixels": str(LIMITS.pixels)}
    made.thread_count = 1  # the others would cost more than they take off
    return made
