"""Emoji as sprites: read from icon sets of the npm registry, drawn once, kept as one file a set."""

from __future__ import annotations

import json
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pil

from nano.vocabulary import NOUNS, SPRITES

TRAINING_SETS = {
    "noto": "@iconify-json/noto@1.2.9",
    "twemoji": "@iconify-json/twemoji@1.2.5",
    "fluent": "@iconify-json/fluent-emoji-flat@1.2.6",
    "fxemoji": "@iconify-json/fxemoji@1.2.2",
    "noto-v1": "@iconify-json/noto-v1@1.2.5",
    "fluent-3d": "@iconify-json/fluent-emoji@1.2.7",
    "streamline": "@iconify-json/streamline-emojis@1.2.4",
}
HELD_OUT_SETS = {"emojione": "@iconify-json/emojione@1.2.3"}
"""Never seen in training."""
CLUTTER = "clutter"
"""The noun under which sprites are kept that have no name in the vocabulary."""
SIDE = 96
_CLUTTER_COUNT = 160


@dataclass(frozen=True, slots=True)
class SpriteSet:
    """Drawings by noun; each is RGBA, SIDE x SIDE, cropped to what is visible."""

    by_noun: Mapping[str, tuple[pil.Image, ...]]

    @staticmethod
    def load(folder: Path, names: Mapping[str, str]) -> SpriteSet:
        found: dict[str, list[pil.Image]] = {}
        for name in names:
            with np.load(folder / f"{name}.npz") as file:
                for noun in file.files:
                    found.setdefault(noun, []).extend(map(pil.fromarray, file[noun]))
        return SpriteSet({noun: tuple(drawings) for noun, drawings in found.items()})


def fetch(folder: Path) -> None:
    """Download every set that is not in the folder yet, and draw it. Needs ``npm``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, package in (TRAINING_SETS | HELD_OUT_SETS).items():
        target = folder / f"{name}.npz"
        if target.exists():
            continue
        subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True)
        archive = folder / (package.lstrip("@").replace("/", "-").replace("@", "-") + ".tgz")
        drawn = dict(_draw_all(_icons(archive)))
        np.savez_compressed(target, allow_pickle=False, **drawn)
        archive.unlink()


def _icons(archive: Path) -> dict[str, Any]:
    with tarfile.open(archive) as tar:
        member = tar.extractfile("package/icons.json")
        if member is None:
            raise FileNotFoundError(f"{archive.name} holds no icons.json")
        icons: dict[str, Any] = json.load(member)
    return icons


def _draw_all(icons: dict[str, Any]) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    size = (icons.get("width", 16), icons.get("height", 16))
    for noun, names in SPRITES.items():
        known = [icons["icons"][name] for name in names if name in icons["icons"]]
        if known:
            yield noun, np.stack([_draw(icon, size) for icon in known])
    named = {name for names in SPRITES.values() for name in names}
    others = sorted(name for name in icons["icons"] if not _resembles(name, named))
    chosen = others[:: max(1, len(others) // _CLUTTER_COUNT)]
    yield CLUTTER, np.stack([_draw(icons["icons"][name], size) for name in chosen])


def _resembles(name: str, named: set[str]) -> bool:
    """Whether a name speaks of something in the vocabulary: that is no clutter."""
    return name in named or any(noun in name for noun in (*NOUNS, "leo", "bunny", "puppy"))


def _draw(icon: Mapping[str, Any], size: tuple[int, int]) -> NDArray[np.uint8]:
    import resvg_py

    left, top = icon.get("left", 0), icon.get("top", 0)
    width, height = icon.get("width", size[0]), icon.get("height", size[1])
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{left} {top} {width} {height}">{icon["body"]}</svg>'
    )
    drawn = pil.open(BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=192, height=192))))
    return np.asarray(_tight(drawn.convert("RGBA")))


def _tight(drawing: pil.Image) -> pil.Image:
    """Crop to the visible, pad to a square, scale to SIDE."""
    box = drawing.getchannel("A").point(lambda a: 255 * (a > 16)).getbbox()
    seen = drawing.crop(box) if box else drawing
    side = max(seen.size)
    square = pil.new("RGBA", (side, side))
    square.paste(seen, ((side - seen.width) // 2, (side - seen.height) // 2))
    return square.resize((SIDE, SIDE), pil.Resampling.LANCZOS)
