"""Asks a model where something is in the words it was trained on, and reads what it answers.

Every family counts in its own way; a wrong guess gives boxes that look right and are not. Where
each of these was learned:

- Qwen2.5-VL: JSON ``bbox_2d``, pixels of the *resized* picture (QwenLM/Qwen3-VL, issues 676 and
  940, cookbooks/spatial_understanding.ipynb).
- Qwen3-VL and later: the same JSON in thousandths (QwenLM/Qwen3-VL, issues 1486 and 1741).
- GLM-4.1V and later: JSON ``bbox_2d`` in thousandths (zai-org/glm-skills, glmv-grounding).
- Qwen2-VL: ``<|box_start|>(x,y),(x,y)<|box_end|>`` in thousandths (QwenLM/Qwen3-VL, issue 1486).
- Gemma 3 and 4: ``box_2d`` as [ymin, xmin, ymax, xmax] in thousandths, as Gemini's documentation
  has it; of Gemma 3 Google says that it likely does the same (google/gemma-3-4b-it, discussion 38).
- InternVL: ``<ref>..</ref>`` in the question (OpenGVLab/InternVL, issue 625), ``<box>[[..]]</box>``
  in thousandths.
- MiniCPM-V: the same question, ``<box>x1 y1 x2 y2</box>`` in thousandths (OpenBMB/MiniCPM-V,
  issue 982).
- PaliGemma: ``detect cup ; plate``, ``<locYYYY><locXXXX><locYYYY><locXXXX> cup``, 1024 steps
  (big_vision, paligemma/README.md).
- Molmo: points only, ``<point x= y=>`` in percent (abhaybd/GraspMolmo, issue 2).
- Moondream: shares of the sides (moondream-client, Detect::BoundingBox).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from edgeomni.errors import UsageError
from edgeomni.values import Box, Point
from edgeomni.vision.box_text import Found, found_in
from edgeomni.vision.canvas import Canvas

_QWEN = "Locate every instance of the following in the picture: {what}. "
_GEMINI = "Detect every instance of the following in the picture: {what}. "
_REF = (
    "Please provide the bounding box coordinate of the region this sentence describes: "
    "<ref>{what}</ref>"
)


@dataclass(frozen=True, slots=True)
class Convention:
    """How one family says where something is."""

    name: str
    """As a card of the catalog has it."""
    boxes: str
    """The question for boxes around ``{what}``."""
    points: str = ""
    """The question for points on ``{what}``; empty asks for boxes, and takes their middles."""
    steps: float = 1000.0
    """Into how many a side of the canvas is divided; 0 counts its pixels."""
    rows_first: bool = False
    """y before x."""
    key: str = ""
    """The member of a JSON object that holds a box; empty for families that write no JSON."""
    point_key: str = ""


CONVENTIONS = {
    convention.name: convention
    for convention in (
        Convention(
            "qwen2.5-vl",
            _QWEN + 'Report their boxes as JSON: [{{"bbox_2d": [x1, y1, x2, y2], "label": "..."}}]',
            _QWEN + 'Report points as JSON: [{{"point_2d": [x, y], "label": "..."}}]',
            steps=0,
            key="bbox_2d",
            point_key="point_2d",
        ),
        Convention(
            "qwen3-vl",
            _QWEN + 'Report their boxes as JSON: [{{"bbox_2d": [x1, y1, x2, y2], "label": "..."}}]',
            _QWEN + 'Report points as JSON: [{{"point_2d": [x, y], "label": "..."}}]',
            key="bbox_2d",
            point_key="point_2d",
        ),
        Convention("qwen2-vl", "Detect the bounding box of {what}."),
        Convention(
            "gemma",
            _GEMINI + "Output only JSON, with coordinates normalized to 0-1000: "
            '[{{"box_2d": [ymin, xmin, ymax, xmax], "label": "..."}}]',
            _GEMINI + "Output only JSON, with coordinates normalized to 0-1000: "
            '[{{"point": [y, x], "label": "..."}}]',
            rows_first=True,
            key="box_2d",
            point_key="point",
        ),
        Convention("internvl", _REF),
        Convention("minicpm-v", _REF),
        Convention("paligemma", "detect {what}", steps=1024, rows_first=True),
        Convention("molmo", "Point to {what}.", "Point to {what}.", steps=100),
        Convention(
            "moondream",
            "Give the bounding box of {what} as [x1, y1, x2, y2], each from 0 to 1.",
            "Give the point at the middle of {what} as [x, y], each from 0 to 1.",
            steps=1,
        ),
    )
}
ASSUMED = CONVENTIONS["qwen3-vl"]
"""For a model that nobody has told us of: most newer families count in thousandths."""

_BY_PROJECTOR = {
    "qwen2vl_merger": "qwen2-vl",
    "qwen2.5vl_merger": "qwen2.5-vl",
    "qwen2.5o": "qwen2.5-vl",
    "qwen3vl_merger": "qwen3-vl",
    "glm4v": "qwen3-vl",
    "gemma3": "gemma",
    "gemma3nv": "gemma",
    "gemma4v": "gemma",
    "gemma4uv": "gemma",
    "internvl": "internvl",
    "resampler": "minicpm-v",
    "minicpmv4_6": "minicpm-v",
}
_BY_NAME = (
    (r"qwen-?2[.-]5-?(vl|omni)", "qwen2.5-vl"),
    (r"qwen-?2-?vl", "qwen2-vl"),
    (r"qwen-?3([.-]\d)?(-?(vl|omni))?", "qwen3-vl"),
    (r"glm-?4[.-]?\d*v", "qwen3-vl"),
    (r"paligemma", "paligemma"),
    (r"gemma|gemini", "gemma"),
    (r"intern-?vl", "internvl"),
    (r"minicpm-?[vo]", "minicpm-v"),
    (r"molmo", "molmo"),
    (r"moondream", "moondream"),
)


def named(name: str) -> Convention:
    """The convention of a card. Raises UsageError."""
    if name not in CONVENTIONS:
        raise UsageError(
            f"The catalog says boxes = {name!r}, which is no convention.",
            remedy=f"Known are: {', '.join(CONVENTIONS)}.",
        )
    return CONVENTIONS[name]


def of_projector(kind: str) -> Convention | None:
    """The convention of the models that a projector type of libmtmd stands before."""
    return CONVENTIONS.get(_BY_PROJECTOR.get(kind, ""))


def of_name(model: str) -> Convention | None:
    """What a served model's name gives away; nothing else is known of it."""
    for pattern, name in _BY_NAME:
        if re.search(pattern, model, re.I):
            return CONVENTIONS[name]
    return None


def question(convention: Convention, what: str, *, points: bool = False) -> str:
    """The words to ask for boxes around, or points on, what the user describes."""
    what = what.strip().rstrip(".?!")
    if convention.name == "paligemma":
        what = " ; ".join(part.strip() for part in re.split(r",|\band\b", what) if part.strip())
    asked = (points and convention.points) or convention.boxes
    return asked.format(what=what)


def schema(convention: Convention, *, points: bool = False, most: int = 50) -> Mapping[str, Any]:
    """The JSON schema of an answer; empty for families that write no JSON."""
    key = convention.point_key if points else convention.key
    if not key:
        return {}
    count = 2 if points else 4
    number = {"type": "integer", "minimum": 0, "maximum": int(convention.steps or 9999)}
    numbers = {"type": "array", "items": number, "minItems": count, "maxItems": count}
    label = {"type": "string", "minLength": 1, "maxLength": 60}
    item = {
        "type": "object",
        "properties": {key: numbers, "label": label},
        "required": [key, "label"],
    }
    return {"type": "array", "items": item, "maxItems": most}


def read(
    text: str, convention: Convention, canvas: Canvas, size: tuple[int, int], what: str = ""
) -> tuple[list[Box], list[Point]]:
    """What a model wrote, in pixels of the original picture.

    Args:
        canvas: where the picture lay when the model saw it.
        size: width and height of the original picture, pixels.
        what: the label where the model wrote none.

    What lies outside is cut at the edges; what has no area left is dropped.
    """
    boxes: list[Box] = []
    points: list[Point] = []
    found = found_in(text)
    across, down = _steps(convention, canvas, found)
    for item in found:
        pairs = list(zip(item.numbers[::2], item.numbers[1::2], strict=False))
        if convention.rows_first and not item.ordered:
            pairs = [(x, y) for y, x in pairs]
        corners = [_pixel(canvas.place(x / across, y / down), size) for x, y in pairs]
        label = item.label or what
        if len(corners) == 2:
            boxes += _box(corners, label, item.score)
        elif corners:
            points.append(Point(label, *corners[0]))
    return boxes, points


def middles(boxes: Iterable[Box]) -> list[Point]:
    """A point in the middle of each box."""
    return [Point(box.label, (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2) for box in boxes]


def _steps(convention: Convention, canvas: Canvas, found: list[Found]) -> tuple[float, float]:
    """Steps across and down. Models fall back into shares of the sides, or leave them."""
    numbers = [number for item in found for number in item.numbers]
    shares = bool(numbers) and max(numbers) <= 1 and any(n % 1 for n in numbers)
    if shares:
        return 1.0, 1.0
    if convention.steps == 1 and max(numbers, default=0) > 1.5:
        return 1000.0, 1000.0
    if not convention.steps:
        return float(canvas.size[0]), float(canvas.size[1])
    return convention.steps, convention.steps


def _pixel(place: tuple[float, float], size: tuple[int, int]) -> tuple[float, float]:
    x, y = (min(max(share, 0.0), 1.0) * side for share, side in zip(place, size, strict=True))
    return round(x, 1), round(y, 1)


def _box(corners: list[tuple[float, float]], label: str, score: float | None) -> list[Box]:
    (x0, x1), (y0, y1) = (sorted(side) for side in zip(*corners, strict=True))
    return [Box(label, x0, y0, x1, y1, score)] if x1 > x0 and y1 > y0 else []
