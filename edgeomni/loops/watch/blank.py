"""A picture that shows nothing, by which a machine is measured. Pure."""

from __future__ import annotations

from edgeomni.values import Image


def pattern(width: int, height: int) -> Image:
    """Not of one colour: no encoder may find it easier than what comes."""
    ramp = bytes(range(256))
    count = width * height * 3
    return Image((ramp * (count // len(ramp) + 1))[:count], width, height)
