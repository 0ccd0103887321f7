"""A folder of pictures as a live source: the newest one, then each that is put there."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame

from edgeomni.errors import MediaError
from edgeomni.values import Fit
from edgeomni.vision.image import decode
from edgeomni.vision.limits import ImageLimits
from edgeomni.vision.live.address import Source
from edgeomni.vision.live.shot import Errand, Shot, Slot
from edgeomni.vision.live.trouble import no_folder
from edgeomni.vision.size import fitted

LOOK = 0.5
"""Seconds between two looks at the folder; a file is complete when it is the same in both."""
_DECODING = 30.0
"""Seconds that the largest pictures take at most."""
_LARGEST = Fit(pixels=4_000_000)
"""What is kept of a photo: more than any model takes."""
_ENDINGS = {
    *(".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif"),
}
Listing = dict[str, tuple[int, int]]
"""By name, when it was changed in nanoseconds, and its size in bytes."""


@dataclass(slots=True)
class Arrivals:
    """Which files of a folder are new and complete: pure."""

    _known: Listing = field(default_factory=dict)
    _before: Listing = field(default_factory=dict)
    _begun: bool = False

    def see(self, listing: Listing) -> list[str]:
        """The names to show, the oldest first; of those that are there from the beginning, one."""
        whole = {
            name: stats
            for name, stats in listing.items()
            if self._before.get(name) == stats and self._known.get(name) != stats
        }
        self._before = listing
        self._known = {name: stats for name, stats in self._known.items() if name in listing}
        names = sorted(whole, key=lambda name: (whole[name], name))
        self._known |= whole
        if names and not self._begun:
            self._begun = True
            return names[-1:]
        return names


def pictures(source: Source, errand: Errand, slot: Slot) -> Generator[Shot]:
    """Until it is stopped. Raises MediaError when the folder is gone."""
    arrivals = Arrivals()
    while not errand.stopped:
        for name in arrivals.see(_listed(source)):
            shot = _shot(source.path / name, errand)
            if shot is None:
                slot.damaged += 1
            else:
                yield shot
        errand.wait(LOOK)


def _listed(source: Source) -> Listing:
    found: Listing = {}
    try:
        with os.scandir(source.path) as entries:
            for entry in entries:
                if os.path.splitext(entry.name)[1].lower() not in _ENDINGS:
                    continue
                try:
                    stats = entry.stat()
                except OSError:  # it was taken away meanwhile
                    continue
                if stat.S_ISREG(stats.st_mode):
                    found[entry.name] = stats.st_mtime_ns, stats.st_size
    except OSError as error:
        raise no_folder(source) from error
    return found


def _shot(path: Path, errand: Errand) -> Shot | None:
    try:
        with errand.calls(_DECODING):
            seen = decode(path, ImageLimits(), wanted=lambda size: fitted(size, _LARGEST))
    except MediaError:
        return None
    pixels = np.frombuffer(seen.pixels, np.uint8).reshape(seen.height, seen.width, 3)
    frame = VideoFrame.from_ndarray(pixels, format="rgb24")
    return Shot(frame, None, zlib.crc32(seen.pixels))
