"""Decode a long picture once, and hand out its parts."""

from __future__ import annotations

from pathlib import Path

from PIL import Image as pil
from PIL import ImageChops

from edgeomni.values import Fit, Image
from edgeomni.vision import strips
from edgeomni.vision.image import decode
from edgeomni.vision.limits import ImageLimits


def decode_parts(path: Path, limits: ImageLimits, fit: Fit | None) -> list[Image]:
    """The parts of a long picture, each within ``fit``; the whole when it is not long.

    Raises MediaError.
    """
    whole = decode(path, limits, wanted=lambda size: strips.whole_size(size, fit))
    size = (whole.width, whole.height)
    if strips.part_count(size) == 1:
        return [whole]
    picture = pil.frombuffer("RGB", size, whole.pixels, "raw", "RGB", 0, 1)
    parts = [picture.crop(box) for box in strips.boxes(size, _activity(picture))]
    return [Image(part.tobytes(), *part.size, whole.name) for part in parts]


def _activity(picture: pil.Image) -> bytes:
    """For each row, or column of a wide picture, how much changes along it: 0 to 255."""
    grey = picture.convert("L")
    if picture.width > picture.height:
        grey = grey.transpose(pil.Transpose.TRANSPOSE)
    width, height = grey.size
    changes = ImageChops.difference(
        grey.crop((1, 0, width, height)), grey.crop((0, 0, width - 1, height))
    )
    return changes.resize((1, height), pil.Resampling.BOX).tobytes()
