"""How many tokens a picture should get: by what the model can use, what is asked, what there is.

For families that see pictures at their own size, this is the greatest lever on waiting: the time
of the encoder and of reading grows with the tokens. Ranges are what the families were trained
with or recommend, as far as they say so: Gemma 4 knows five budgets of 70 to 1120 tokens, and
Qwen-VL needs 1024 to point at things.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from edgeomni.engine.config import Detail, EngineConfig

Range = tuple[int, int]
"""Fewest and most tokens of one picture; 0 leaves it to the model."""

FREE: Range = (0, 0)


@dataclass(frozen=True, slots=True)
class _Scale:
    """What a family makes of each wish."""

    ceiling: int
    """Tokens of its largest picture when nothing is said."""
    ranges: Mapping[Detail, Range]


_QWEN = _Scale(4096, {"low": (0, 256), "auto": (0, 1024), "high": (1024, 4096)})
_GEMMA4 = _Scale(1120, {"low": (70, 70), "auto": (280, 280), "high": (1120, 1120)})

_SCALES = {
    "gemma4uv": _GEMMA4,
    "gemma4v": _GEMMA4,
    "glm4v": _QWEN,
    # One tile and the overview; otherwise 4x4 tiles, whatever the size of the picture.
    "idefics3": _Scale(1088, {"low": (0, 64)}),
    "lightonocr": _Scale(3025, {"low": (0, 256)}),
    "pixtral": _Scale(1024, {"low": (0, 256), "high": (0, 3025)}),
    "qwen2.5o": _QWEN,
    "qwen2.5vl_merger": _QWEN,
    "qwen2vl_merger": _QWEN,
    "qwen3vl_merger": _QWEN,
}
"""By projector type. The others have one size, or a file that says theirs and is not overruled.

LFM2 is left out although it could be told: below 256 tokens it would cut pictures into tiles
earlier, and take more tokens instead of fewer.
"""


def image_tokens(projector: str, detail: Detail, budget: int) -> Range:
    """The range for a projector type, within ``budget`` tokens."""
    scale = _SCALES.get(projector)
    if scale is None:
        return FREE
    fewest, most = scale.ranges.get(detail, FREE)
    if (most or scale.ceiling) > budget:
        most = budget
    return min(fewest, most), most


def settled(config: EngineConfig, projector: str) -> EngineConfig:
    """With the range filled in, unless it was given by hand."""
    if config.image_min_tokens or config.image_max_tokens:
        return config
    fewest, most = image_tokens(projector, config.detail, config.picture_cells)
    return replace(config, image_min_tokens=fewest, image_max_tokens=most)
