"""Emoji and icons as sprites: read from packages of the npm registry, drawn once, kept as files."""

from __future__ import annotations

import json
import subprocess
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pil
from PIL import ImageDraw, ImageFont

from nano.inks import with_regions
from nano.vocabulary import EMOJI, NOUNS, SPRITES

EMOJI_SETS = {
    "noto": "@iconify-json/noto@1.2.9",
    "twemoji": "@iconify-json/twemoji@1.2.5",
    "fluent": "@iconify-json/fluent-emoji-flat@1.2.6",
    "fxemoji": "@iconify-json/fxemoji@1.2.2",
    "noto-v1": "@iconify-json/noto-v1@1.2.5",
    "fluent-3d": "@iconify-json/fluent-emoji@1.2.7",
    "streamline": "@iconify-json/streamline-emojis@1.2.4",
}
"""Named as in the vocabulary."""
RENDERED_SETS = {"fluent-rendered": "@lobehub/fluent-emoji-3d@1.1.0"}
"""A picture a code point."""
ICON_SETS = {
    "icon-park": "@iconify-json/icon-park@1.2.4",
    "streamline-cyber-color": "@iconify-json/streamline-cyber-color@1.2.2",
    "streamline-color": "@iconify-json/streamline-color@1.2.2",
    "streamline-flex-color": "@iconify-json/streamline-flex-color@1.2.2",
    "streamline-plump-color": "@iconify-json/streamline-plump-color@1.2.2",
    "streamline-sharp-color": "@iconify-json/streamline-sharp-color@1.2.2",
    "streamline-ultimate-color": "@iconify-json/streamline-ultimate-color@1.2.2",
}
"""In colours; which of their icons show what stands in icons.json, chosen by eye."""
INK_SETS = {
    "fluent-emoji-high-contrast": "@iconify-json/fluent-emoji-high-contrast@1.2.6",
    "game-icons": "@iconify-json/game-icons@1.2.4",
    "hugeicons": "@iconify-json/hugeicons@1.2.35",
    "mdi": "@iconify-json/mdi@1.2.3",
    "mingcute": "@iconify-json/mingcute@1.2.8",
    "tabler": "@iconify-json/tabler@1.2.41",
    "ph": "@iconify-json/ph@1.2.2",
    "icon-park-solid": "@iconify-json/icon-park-solid@1.2.4",
    "icon-park-twotone": "@iconify-json/icon-park-twotone@1.2.4",
    "lucide": "@iconify-json/lucide@1.2.137",
    "dinkie-icons": "@iconify-json/dinkie-icons@1.2.0",
    "fa6-solid": "@iconify-json/fa6-solid@1.2.4",
    "iconoir": "@iconify-json/iconoir@1.2.11",
    "ri": "@iconify-json/ri@1.2.10",
    "bi": "@iconify-json/bi@1.2.7",
    "bxs": "@iconify-json/bxs@1.2.3",
    "ion": "@iconify-json/ion@1.2.7",
    "streamline-mono": "@iconify-json/streamline@1.2.5",
    "carbon": "@iconify-json/carbon@1.2.29",
    "fluent-icons": "@iconify-json/fluent@1.2.60",
    "tdesign": "@iconify-json/tdesign@1.2.19",
    "material-symbols": "@iconify-json/material-symbols@1.2.98",
    "pixelarticons": "@iconify-json/pixelarticons@1.2.9",
    "solar": "@iconify-json/solar@1.2.13",
}
"""Of one ink, painted anew each time; chosen as those in colours are."""
FONTS = {"noto-ink": "@fontsource/noto-emoji@5.3.2"}
"""Emoji of one ink."""
TRAINING_SETS = EMOJI_SETS | RENDERED_SETS | ICON_SETS | INK_SETS | FONTS
HELD_OUT_SETS = {"emojione": "@iconify-json/emojione@1.2.3"}
"""Never seen in training."""
CLUTTER = "clutter"
"""The noun under which sprites are kept that have no name in the vocabulary."""
SIDE = 96
_CLUTTER_COUNT, _ICON_CLUTTER_COUNT = 160, 40
_FONT_WEIGHTS = (400, 700)
_CHOSEN = Path(__file__).with_name("icons.json")
Drawn = Iterator[tuple[str, NDArray[np.uint8]]]
"""For each noun, its drawings, (drawings, SIDE, SIDE, channels)."""


@dataclass(frozen=True, slots=True)
class SpriteSet:
    """Drawings by noun, cropped to what is visible."""

    by_noun: Mapping[str, tuple[pil.Image, ...]]
    """RGBA, SIDE x SIDE."""
    inks: Mapping[str, tuple[NDArray[np.uint8], ...]] = field(default_factory=dict)
    """What ``inks.painted`` takes."""

    @staticmethod
    def load(folder: Path, names: Iterable[str]) -> SpriteSet:
        found: dict[str, list[pil.Image]] = {}
        inks: dict[str, list[NDArray[np.uint8]]] = {}
        for name in names:
            with np.load(folder / f"{name}.npz") as file:
                for noun in file.files:
                    drawings = file[noun]
                    if drawings.shape[-1] == 4:
                        found.setdefault(noun, []).extend(map(pil.fromarray, drawings))
                    else:
                        inks.setdefault(noun, []).extend(drawings)
        return SpriteSet(
            {noun: tuple(drawings) for noun, drawings in found.items()},
            {noun: tuple(drawings) for noun, drawings in inks.items()},
        )


def fetch(folder: Path) -> None:
    """Download every set that is not in the folder yet, and draw it. Needs ``npm``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, package in (TRAINING_SETS | HELD_OUT_SETS).items():
        target = folder / f"{name}.npz"
        if target.exists():
            continue
        subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True)
        archive = folder / (package.lstrip("@").replace("/", "-").replace("@", "-") + ".tgz")
        np.savez_compressed(target, allow_pickle=False, **dict(_draw_all(name, archive)))
        archive.unlink()


def _draw_all(name: str, archive: Path) -> Drawn:
    if name in RENDERED_SETS:
        return _rendered(archive)
    if name in FONTS:
        return _written(archive)
    icons = _icons(archive)
    if name in ICON_SETS | INK_SETS:
        return _chosen(icons, inked=name in INK_SETS)
    return _emoji(icons)


# ── icons as SVG ────────────────────────────────────────────────────────────────────────────────


def _icons(archive: Path) -> dict[str, Any]:
    icons: dict[str, Any] = json.loads(_member(archive, "package/icons.json"))
    return icons


def _member(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as tar:
        member = tar.extractfile(name)
        if member is None:
            raise FileNotFoundError(f"{archive.name} holds no {name}")
        return member.read()


def _emoji(icons: dict[str, Any]) -> Drawn:
    for noun, names in SPRITES.items():
        known = [name for name in names if name in icons["icons"]]
        if known:
            yield noun, np.stack([_draw(icons, name) for name in known])
    named = {name for names in SPRITES.values() for name in names}
    yield CLUTTER, np.stack([_draw(icons, name) for name in _others(icons, named, _CLUTTER_COUNT)])


def _chosen(icons: dict[str, Any], *, inked: bool) -> Drawn:
    def drawn(names: Iterable[str]) -> NDArray[np.uint8]:
        drawings = [_draw(icons, name) for name in names]
        return np.stack([with_regions(each[..., 3]) for each in drawings] if inked else drawings)

    chosen: dict[str, str] = json.loads(_CHOSEN.read_text())[icons["prefix"]]
    for noun, names in chosen.items():
        yield noun, drawn(names.split())
    named = {name for names in chosen.values() for name in names.split()}
    yield CLUTTER, drawn(_others(icons, named, _ICON_CLUTTER_COUNT))


def _others(icons: dict[str, Any], named: set[str], count: int) -> list[str]:
    others = sorted(name for name in icons["icons"] if not _resembles(name, named))
    return others[:: max(1, len(others) // count)]


_ALSO = (
    *("leo", "bunny", "puppy", "bike", "plane", "ship", "sail", "home", "alarm", "cut", "flame"),
    *("soccer", "sunny", "sneaker", "boot", "cap", "rose", "tulip", "paw", "cow", "rat", "night"),
)
"""Other words for what is in the vocabulary, or looks like it."""


def _resembles(name: str, named: set[str]) -> bool:
    """Whether a name speaks of something in the vocabulary: that is no clutter."""
    return name in named or any(noun in name for noun in (*NOUNS, *_ALSO))


def _draw(icons: Mapping[str, Any], name: str) -> NDArray[np.uint8]:
    import resvg_py

    icon = icons["icons"][name]
    left, top = icon.get("left", 0), icon.get("top", 0)
    width = icon.get("width", icons.get("width", 16))
    height = icon.get("height", icons.get("height", 16))
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{left} {top} {width} {height}">{icon["body"]}</svg>'
    )
    drawn = pil.open(BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=192, height=192))))
    return np.asarray(_tight(drawn.convert("RGBA")))


# ── emoji by code point ─────────────────────────────────────────────────────────────────────────


def _rendered(archive: Path) -> Drawn:
    with tarfile.open(archive) as tar:
        names = {Path(name).stem: name for name in tar.getnames() if name.endswith(".webp")}

    def drawn(stems: Iterable[str]) -> NDArray[np.uint8]:
        found = [_member(archive, names[stem]) for stem in stems]
        return np.stack(
            [np.asarray(_tight(pil.open(BytesIO(each)).convert("RGBA"))) for each in found]
        )

    for noun, characters in EMOJI.items():
        stems = [stem for c in characters for stem in (f"{ord(c):x}", f"{ord(c):x}-fe0f")]
        yield noun, drawn(stem for stem in stems if stem in names)


def _written(archive: Path) -> Drawn:
    """From a font in several files; one that lacks a character draws a box, or nothing."""
    with tarfile.open(archive) as tar:
        files = [name for name in tar.getnames() if name.endswith("-normal.woff2")]
    fonts = {
        weight: [
            ImageFont.truetype(BytesIO(_member(archive, name)), 160)
            for name in files
            if f"-{weight}-" in name
        ]
        for weight in _FONT_WEIGHTS
    }
    for noun, characters in EMOJI.items():
        inks = [_glyph(c, fonts[weight]) for c in characters for weight in _FONT_WEIGHTS]
        yield noun, np.stack([with_regions(ink) for ink in inks])


def _glyph(character: str, fonts: Iterable[ImageFont.FreeTypeFont]) -> NDArray[np.uint8]:
    for font in fonts:
        if font.getmask(character).getbbox() and not _same(font, character, "\uffff"):
            page = pil.new("RGBA", (320, 320))
            ImageDraw.Draw(page).text((160, 160), character, (0, 0, 0, 255), font, anchor="mm")
            return np.asarray(_tight(page))[..., 3]
    raise ValueError(f"No file of the font has {character}.")


def _same(font: ImageFont.FreeTypeFont, one: str, other: str) -> bool:
    return bytes(font.getmask(one)) == bytes(font.getmask(other))


def _tight(drawing: pil.Image) -> pil.Image:
    """Crop to the visible, pad to a square, scale to SIDE."""
    box = drawing.getchannel("A").point(lambda a: 255 * (a > 16)).getbbox()
    seen = drawing.crop(box) if box else drawing
    side = max(seen.size)
    square = pil.new("RGBA", (side, side))
    square.paste(seen, ((side - seen.width) // 2, (side - seen.height) // 2))
    return square.resize((SIDE, SIDE), pil.Resampling.LANCZOS)
