"""A picture that shows nothing, by which a machine is measured. Pure."""

from __future__ import annotations

from edgeomni.values import Image


def pattern(width: int, height: int, shift: int = 0) -> Image:
    """Not of one colour: no encoder may find it easier than what comes. Each shift is another."""
    ramp = bytes((level + shift) % 256 for level in range(256))
    count = width * height * 3
    return Image((ramp * (count // len(ramp) + 1))[:count], width, height)
