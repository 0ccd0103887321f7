"""The parent's side of the eyes: asks the worker, and blames the file that it dies of."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

from edgeomni import paths
from edgeomni.errors import MediaError, WorkerDied
from edgeomni.process.restart import RestartPolicy
from edgeomni.process.supervisor import Supervisor
from edgeomni.process.worker import WorkerSpec
from edgeomni.values import (
    LEGIBLE,
    WHOLE,
    AudioClip,
    Box,
    ClipInfo,
    Fit,
    Frame,
    FrameRequest,
    Image,
    Page,
    Point,
    Span,
)
from edgeomni.vision.page_range import chosen_pages

_TIMEOUT = 60.0
"""Seconds for one file; the largest that are let in take a few."""
_CAMERA_TIMEOUT = 20.0
"""Seconds; opening a device and a frame of it have limits of their own below that."""
# A file costs two deaths before it is blamed, and a few bad files in a row are no broken worker.
_POLICY = RestartPolicy(delays=(0.0, 0.0, 0.0, 0.0, 1.0, 1.0))
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",  # its buffers count against the address space
    "MALLOC_MMAP_THRESHOLD_": str(1 << 20),  # what a picture took goes back to the system
}
_KINDS = {
    "image": "picture",
    "parts": "picture",
    "audio": "sound",
    "document": "document",
    "page": "document",
    "clip": "video",
    "frame": "video",
}

Answer = tuple[dict[str, Any], list[memoryview]]


class EyesWorker:
    """Eyes in a process of their own, started at the first file. Implements ``Eyes``."""

    def __init__(self, log: Path | None = None, *, timeout: float = _TIMEOUT) -> None:
        """``log`` is by default ``eyes.log`` in the folder for state; ``timeout`` is in seconds."""
        spec = WorkerSpec("eyes", log or paths.state_dir() / "eyes.log", env=ENVIRONMENT)
        self._supervisor = Supervisor(spec, _POLICY)
        self._timeout = timeout

    def image(self, path: Path, fit: Fit | None = None) -> Image:
        data, (pixels,) = self._ask("image", path, {"fit": asdict(fit or Fit())})
        return Image(bytes(pixels), data["width"], data["height"], path.name)

    def draw(self, picture: Image, marks: Sequence[Box | Point]) -> bytes:
        params = {
            "width": picture.width,
            "height": picture.height,
            "marks": [asdict(mark) for mark in marks],
        }
        worker = self._supervisor.worker()
        _, (png,) = worker.call("draw", params, [picture.pixels], timeout=self._timeout)
        return bytes(png)

    def parts(self, path: Path, fit: Fit | None = None) -> list[Image]:
        data, buffers = self._ask("parts", path, {"fit": asdict(fit or Fit())})
        names = _numbered(path.name, len(buffers))
        return [
            Image(bytes(pixels), width, height, name)
            for pixels, (width, height), name in zip(buffers, data["sizes"], names, strict=True)
        ]

    def pages(
        self, path: Path, wanted: str = "", *, fit: Fit = LEGIBLE, pictures: bool = True
    ) -> Iterator[Page]:
        last = self._ask("document", path, {})[0]["pages"]
        for number in chosen_pages(wanted, last, path.name):
            params = {"number": number, "fit": asdict(fit) if pictures else None}
            data, (text, *pixels) = self._ask("page", path, params)
            name = f"{path.name} (page {number} of {last})"
            image = Image(bytes(pixels[0]), data["width"], data["height"], name) if pixels else None
            yield Page(number, image, bytes(text).decode())

    def glance(self, camera: str, fit: Fit) -> Image:
        params = {"camera": camera, "fit": asdict(fit)}
        try:
            data, (pixels,) = self._supervisor.worker().call(
                "glance", params, timeout=_CAMERA_TIMEOUT
            )
        except WorkerDied as death:
            raise MediaError(
                f"The camera {camera} gave no picture: its driver did not answer or crashed.",
                works="Pictures from files work.",
                remedy=f"Connect it again. {death}",
            ) from death
        return Image(bytes(pixels), data["width"], data["height"], data["name"])

    def clip(self, path: Path) -> ClipInfo:
        return ClipInfo(**self._ask("clip", path, {})[0])

    def frames(self, path: Path, request: FrameRequest) -> Iterator[Frame]:
        for number in count():
            params = {"request": asdict(request), "number": number}
            data, buffers = self._ask("frame", path, params)
            if not buffers:
                return
            image = Image(bytes(buffers[0]), data["width"], data["height"], data["name"])
            yield Frame(image, data["seconds"])

    def audio(self, path: Path, rate: int, span: Span = WHOLE) -> AudioClip:
        data, (samples,) = self._ask("audio", path, {"rate": rate, "span": asdict(span)})
        return AudioClip(bytes(samples), data["rate"], path.name)

    def close(self) -> None:
        self._supervisor.close()

    def _ask(self, method: str, path: Path, params: dict[str, Any]) -> Answer:
        """One request about a file; one that the worker dies of twice is blamed."""
        # The worker may have been started in another folder; a name need not be valid Unicode.
        params |= {"path": os.fsencode(os.path.abspath(path))}
        for attempt in (1, 2):
            worker = self._supervisor.worker()
            try:
                return worker.call(method, params, timeout=self._timeout)
            except WorkerDied as death:
                if attempt == 2 or death.hung:
                    raise _blame(_KINDS[method], path, death) from death
        raise AssertionError("unreachable")


def _numbered(name: str, count: int) -> list[str]:
    """Each part's name; the plain one when there is but one."""
    if count == 1:
        return [name]
    return [f"{name} (part {number} of {count})" for number in range(1, count + 1)]


def _blame(kind: str, path: Path, death: WorkerDied) -> MediaError:
    did = "took too long" if death.hung else "crashed"
    return MediaError(
        f"The {kind} decoder {did} on {path.name}, which may be damaged or malicious.",
        works="Nothing else was touched; other files can be used.",
        remedy=f"Leave this file out, or convert it with a program that can open it. {death}",
    )
