"""Pictures and sounds as libmtmd takes them, checked against what would end the process."""

from __future__ import annotations

import ctypes

from llama_cpp import mtmd_cpp as mtmd

from edgeomni.errors import MediaError
from edgeomni.values import AudioClip, Image, Media

_LONGEST_ASPECT = 200
"""Beyond this ratio of the sides some preprocessors compute an empty picture."""
_MOST_PIXELS = 250_000_000
"""libmtmd counts pixels in 32 bits, and its preprocessors round up."""
_SHORTEST_SOUND = 0.1
"""Seconds. One sample trips an assertion in libmtmd; a window of the encoders is 25 ms."""


def check(media: Media) -> None:
    """Raises MediaError."""
    if isinstance(media, AudioClip):
        if media.seconds < _SHORTEST_SOUND:
            raise MediaError(
                f"{media.name or 'The sound'} is shorter than {_SHORTEST_SOUND} s.",
                remedy="Record a little more.",
            )
        return
    check_size(media.width, media.height, media.name)


def check_size(width: int, height: int, name: str = "") -> None:
    """Of a picture, in pixels. Raises MediaError."""
    short, long = sorted((width, height))
    if short < 2 or long > _LONGEST_ASPECT * short:
        raise MediaError(
            f"{name or 'The picture'} is {width}x{height}: too narrow to see.",
            remedy=f"Crop it to sides of at most 1:{_LONGEST_ASPECT}.",
        )
    if width * height > _MOST_PIXELS:
        raise MediaError(
            f"{name or 'The picture'} is {width}x{height}: too large to see.",
            remedy=f"Reduce it to at most {_MOST_PIXELS // 10**6} million pixels.",
        )


def as_bitmaps(media: Media) -> list[int]:
    """libmtmd's copies of a sound, a picture, or the frames of one."""
    if isinstance(media, Image):
        return [_picture(pixels, media) for pixels in media.frames]
    count = len(media.samples) // 4
    samples = (ctypes.c_float * count).from_buffer_copy(media.samples)
    bitmap = mtmd.mtmd_bitmap_init_from_audio(count, samples)
    mtmd.mtmd_bitmap_set_id(bitmap, media.digest.encode())
    return [bitmap]


def _picture(pixels: bytes, image: Image) -> int:
    buffer = (ctypes.c_uint8 * len(pixels)).from_buffer_copy(pixels)
    bitmap = mtmd.mtmd_bitmap_init(image.width, image.height, buffer)
    mtmd.mtmd_bitmap_set_id(bitmap, image.digest.encode())
    mtmd.mtmd_bitmap_set_mergeable(bitmap, bool(image.later))
    return int(bitmap)
