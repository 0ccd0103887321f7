"""How llama.cpp brings a picture to its canvas: the sides keep their ratio, the rest is black.

tools/mtmd/mtmd-image.cpp (``resize`` with ``PAD_CEIL``, the default of clip-model.h) of
llama-cpp-python 0.3.36. The reference stretches instead.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def letterbox(
    pixels: NDArray[np.uint8], canvas: tuple[int, int], resample: Image.Resampling
) -> NDArray[np.uint8]:
    """A picture (height, width, 3) on a canvas (width, height); resampled as Pillow does."""
    height, width, _ = pixels.shape
    scale = min(np.float32(canvas[0]) / width, np.float32(canvas[1]) / height)
    size = [
        min(math.ceil(np.float32(side) * scale), most)
        for side, most in zip((width, height), canvas, strict=True)
    ]
    small = Image.fromarray(pixels).resize((size[0], size[1]), resample)
    whole = Image.new("RGB", canvas)
    whole.paste(small, ((canvas[0] - size[0]) // 2, (canvas[1] - size[1]) // 2))
    return np.asarray(whole)
