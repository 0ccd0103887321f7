"""A camera in the network that shows one scene of the shipped film after the other."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from PIL import Image as pil

from edgeomni import paths
from edgeomni.errors import ModelError
from edgeomni.values import FrameRequest, Image
from edgeomni.vision.client import EyesWorker
from tests.vision.live.cameras import Camera

_SCENES = 8
_NOISE = 3
"""Levels, at most: as a camera's sensor has it."""
_VARIANTS = 4
"""Frames of each scene, with noise of their own."""
_QUALITY = 90
_RATE = 10.0


def scenes(scratch: Path) -> list[Image]:
    """Of the shipped film, as the eyes decode it."""
    film = paths.shipped("media/scenes.mp4")
    if film is None:
        raise ModelError("The shipped film is not there.", remedy="Call scripts/test once.")
    with closing(EyesWorker(scratch / "eyes.log")) as eyes:
        wanted = FrameRequest(frames=_SCENES, choice="scenes")
        return [frame.image for frame in eyes.frames(film, wanted)]


def noisy(scene: Image, seed: int) -> Image:
    chance = np.random.default_rng(seed)
    pixels = np.frombuffer(scene.pixels, np.uint8)
    noise = chance.integers(-_NOISE, _NOISE + 1, pixels.shape)
    seen = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    return Image(seen.tobytes(), scene.width, scene.height)


class SceneCamera(Camera):
    """Shows the scene ``scene``."""

    def __init__(self, packed: Sequence[Sequence[bytes]]) -> None:
        super().__init__()
        self._packed, self.rate = packed, _RATE
        self.scene = 0

    def picture(self, number: int) -> bytes:
        frames = self._packed[self.scene % len(self._packed)]
        return frames[number % len(frames)]


@contextmanager
def scene_camera(shown: Sequence[Image]) -> Iterator[SceneCamera]:
    packed = [[_jpeg(noisy(scene, seed)) for seed in range(_VARIANTS)] for scene in shown]
    with SceneCamera(packed) as camera:
        yield camera


def _jpeg(image: Image) -> bytes:
    file = io.BytesIO()
    picture = pil.frombytes("RGB", (image.width, image.height), image.pixels)
    picture.save(file, "JPEG", quality=_QUALITY, subsampling=0)
    return file.getvalue()
