"""A font that can write a label: Pillow's own for English, the system's for every other script."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

# By their coverage; each is found on some system, in the folders that Pillow knows of there.
_SYSTEM = (
    "DejaVuSans.ttf",
    "LiberationSans-Regular.ttf",
    "NotoSans-Regular.ttf",
    "NotoSansCJK-Regular.ttc",
    "Arial Unicode.ttf",
    "Arial.ttf",
    "segoeui.ttf",
    "msyh.ttc",
    "Hiragino Sans GB.ttc",
)
_NOBODYS = "\U0010ffff"


def lettered(text: str, size: int) -> tuple[str, Font]:
    """The text as it can be written, and the font; without a font for it, accents are left out."""
    own = ImageFont.load_default(size)
    if text.isascii():
        return text, own
    for name in _SYSTEM:
        font = _system_font(name, size)
        if font is not None and _has(font, text):
            return text, font
    bare = (c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return "".join(bare).encode("ascii", "replace").decode(), own


@lru_cache(maxsize=64)
def _system_font(name: str, size: int) -> ImageFont.FreeTypeFont | None:
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


def _has(font: ImageFont.FreeTypeFont, text: str) -> bool:
    """Whether none of the characters is drawn as the box that stands for a missing one."""
    missing = bytes(font.getmask(_NOBODYS))
    return all(char.isspace() or bytes(font.getmask(char)) != missing for char in set(text))
