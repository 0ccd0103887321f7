"""HEIC photos, where one of the optional decoders is installed."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from io import BytesIO
from types import ModuleType, TracebackType
from typing import Any

from PIL import Image as pil

from edgeomni import paths
from edgeomni.vision.size import Size
from edgeomni.vision.source import refusal

_DECODERS = ("pi_heif", "pillow_heif")
"""The same but for an encoder."""


class HeicPicture:
    """As much of Pillow's picture as is needed, over the decoder's own pixels.

    Pillow would copy them into twice the memory, and phones take photos of 48 megapixels.
    """

    format = "HEIF"

    def __init__(self, file: BytesIO, name: str) -> None:
        """Reads the header alone. Raises MediaError when there is no decoder."""
        self._image: Any = _decoder(name).open_heif(file, convert_hdr_to_8bit=True)
        self._rows = memoryview(b"")

    @property
    def size(self) -> Size:
        width, height = self._image.size
        return int(width), int(height)

    @property
    def width(self) -> int:
        return self.size[0]

    @property
    def height(self) -> int:
        return self.size[1]

    @property
    def mode(self) -> str:
        return str(self._image.mode)

    @property
    def info(self) -> dict[str, Any]:
        return dict(self._image.info)

    @property
    def has_transparency_data(self) -> bool:
        return self.mode[-1] in "Aa"

    def getexif(self) -> pil.Exif:
        """Nothing: the decoder has turned the photo upright."""
        return pil.Exif()

    def load(self) -> None:
        self._rows = memoryview(self._image.data)

    def crop(self, box: tuple[int, int, int, int]) -> pil.Image:
        """Whole rows, from ``box[1]`` to before ``box[3]``."""
        _, top, _, bottom = box
        stride = self._image.stride
        rows = self._rows[top * stride : bottom * stride]
        size = self.width, bottom - top
        return pil.frombytes(self.mode, size, rows, "raw", self.mode, stride)

    def working_bytes(self) -> int:
        """What decoding takes: the planes of the codec and the pixels made of them."""
        planes = {420: 1.5, 422: 2.0}.get(self.info.get("chroma", 444), 3.0)
        wide = 2 if self.info.get("bit_depth", 8) > 8 else 1
        return int(self.width * self.height * (planes * wide + len(self.mode)))

    def __enter__(self) -> HeicPicture:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._rows.release()


Picture = pil.Image | HeicPicture


def _decoder(name: str) -> ModuleType:
    found = _installed()
    if found is None:
        raise refusal(
            f"{name} is a HEIC photo, and the package that reads these is not installed.",
            f"Install it with: {paths.pip_install('pi-heif')}; or save the photo as JPEG.",
        )
    return found


@cache
def _installed() -> ModuleType | None:
    for name in _DECODERS:
        try:
            return import_module(name)
        except ImportError:
            continue
    return None
