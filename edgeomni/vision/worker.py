"""The eyes worker's room: decodes the files that it is told of, within 2 GiB."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeomni.errors import EngineError
from edgeomni.faults import Faults, from_environment
from edgeomni.process.host import Job, Room
from edgeomni.values import Box, Fit, FrameRequest, Image, Point, Span

if TYPE_CHECKING:
    from edgeomni.vision.reel import Reel

MAX_MEMORY = 2 << 30
"""Bytes of address space: whatever the limits of the decoders miss ends here."""

Params = dict[str, Any]
Answer = tuple[dict[str, Any], Sequence[bytes]]
Buffers = Sequence[memoryview]
Method = Callable[[Path, Params, Buffers], Answer]
"""The path is that of the file; empty for a camera, and for pixels that are drawn on."""


def make_room() -> Room:
    limit_memory()
    return EyesRoom(from_environment(os.environ))


def limit_memory() -> None:
    """On Linux; macOS does not enforce it, and Windows has none."""
    if sys.platform == "linux":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        soft = MAX_MEMORY if hard == resource.RLIM_INFINITY else min(MAX_MEMORY, hard)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


class EyesRoom:
    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._methods: Mapping[str, Method] = {**METHODS, "frame": _FrameByFrame()}

    def handle(self, method: str, params: Params, buffers: list[memoryview], job: Job) -> Answer:
        path = Path(os.fsdecode(params.get("path", b"")))
        self._faults.at(f"eyes.{method}", name=path.name, number=params.get("number"))
        if method not in self._methods:
            raise EngineError(f"The eyes worker has no method {method}.")
        return self._methods[method](path, params, buffers)

    def close(self) -> None:
        """Whatever is open ends with the process."""


def _image(path: Path, params: Params, buffers: Buffers) -> Answer:
    from edgeomni.vision.image import decode
    from edgeomni.vision.limits import ImageLimits
    from edgeomni.vision.size import fitted

    fit = Fit(**params["fit"])
    seen = decode(path, ImageLimits(), wanted=lambda size: fitted(size, fit))
    return {"width": seen.width, "height": seen.height}, (seen.pixels,)


def _draw(path: Path, params: Params, buffers: Buffers) -> Answer:
    from edgeomni.vision.draw import drawn

    picture = Image(bytes(buffers[0]), params["width"], params["height"])
    marks = [Box(**mark) if "x0" in mark else Point(**mark) for mark in params["marks"]]
    return {}, (drawn(picture, marks),)


def _parts(path: Path, params: Params, buffers: Buffers) -> Answer:
    from edgeomni.vision.limits import ImageLimits
    from edgeomni.vision.long_picture import decode_parts

    parts = decode_parts(path, ImageLimits(), Fit(**params["fit"]))
    return {"sizes": [(part.width, part.height) for part in parts]}, [p.pixels for p in parts]


def _audio(path: Path, params: Params, buffers: Buffers) -> Answer:
    from edgeomni.vision import sound

    span = Span(**params["span"])
    heard = sound.decode(path, params["rate"], sound.SoundLimits(), span)
    return {"rate": heard.rate}, (heard.samples,)


def _document(path: Path, params: Params, buffers: Buffers) -> Answer:
    from edgeomni.vision.document import PdfLimits, page_count

    return {"pages": page_count(path, PdfLimits())}, ()


def _page(path: Path, params: Params, buffers: Buffers) -> Answer:
    from edgeomni.vision.document import PdfLimits, read_page

    fit = Fit(**params["fit"]) if params["fit"] else None
    drawing, text = read_page(path, params["number"], fit, PdfLimits())
    written = text.encode("utf-8", "replace")
    if drawing is None:
        return {}, (written,)
    return {"width": drawing.width, "height": drawing.height}, (written, drawing.pixels)


def _glance(path: Path, params: Params, buffers: Buffers) -> Answer:
    from edgeomni.vision.camera import glance

    seen = glance(params["camera"], Fit(**params["fit"]))
    return {"width": seen.width, "height": seen.height, "name": seen.name}, (seen.pixels,)


def _clip(path: Path, params: Params, buffers: Buffers) -> Answer:
    from edgeomni.vision.video import clip

    return asdict(clip(path)), ()


class _FrameByFrame:
    """Goes on in a clip from one request to the next."""

    _reel: Reel | None = None

    def __call__(self, path: Path, params: Params, buffers: Buffers) -> Answer:
        from edgeomni.vision.reel import Reel

        self._reel = self._reel or Reel()
        asked = params["request"]
        request = FrameRequest(
            **(asked | {"span": Span(**asked["span"]), "fit": Fit(**asked["fit"])})
        )
        frame = self._reel.frame(path, request, params["number"])
        if frame is None:
            return {}, ()
        image = frame.image
        size = {"width": image.width, "height": image.height}
        return size | {"name": image.name, "seconds": frame.seconds}, (image.pixels,)


METHODS: Mapping[str, Method] = {
    "image": _image,
    "parts": _parts,
    "audio": _audio,
    "document": _document,
    "page": _page,
    "clip": _clip,
    "glance": _glance,
    "draw": _draw,
}
