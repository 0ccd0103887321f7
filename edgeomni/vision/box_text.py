"""Finds boxes and points in what a model wrote, whatever became of the format it was asked for.

Models put JSON into fences, prose around it, break off in the middle, or fall back on the notation
they were trained with. What is found are numbers as they stand there; what they mean is decided
elsewhere. Of a text that was cut, the whole items are taken.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_TEXT = 1 << 20
MAX_FOUND = 2000


@dataclass(frozen=True, slots=True)
class Found:
    """Two numbers for a point, four for a box, in the order in which they were written."""

    numbers: tuple[float, ...]
    label: str = ""
    score: float | None = None
    ordered: bool = False
    """The numbers had names, so they are x before y whatever the model's habit is."""


_NUMBER = r"-?\d+(?:\.\d+)?"
_FOUR = re.compile(r"[\s,()\[\]]+".join([f"({_NUMBER})"] * 4))
_TWO = re.compile(rf"({_NUMBER})[\s,]+({_NUMBER})")
_LOC = re.compile(r"((?:<loc\d{4}>){2,4})\s*([^<;\n]*)")
_POINT_TAG = re.compile(r"<points?\b([^<>]*)>([^<]*)", re.I)
_ATTRIBUTE = re.compile(rf"""\b([xy])(\d*)\s*=\s*["']?({_NUMBER})""")
_ALT = re.compile(r"""\balt\s*=\s*["']([^"']*)""")
_BOX_TAG = re.compile(
    r"(?:<(?:ref|\|object_ref_start\||\|ref\|)>([^<]*)<(?:/ref|\|object_ref_end\||\|/ref\|)>\s*)?"
    r"<(box|point|\|box_start\||\|det\|)>([^<]*)(?:<(?:/?box|/?point|\|box_end\||\|/det\|)>)"
)
_OBJECT = re.compile(r"\{[^{}]*\}")
_BARE = re.compile(rf"[\[(]\s*({_NUMBER}(?:[\s,]+{_NUMBER}){{1,3}})\s*[\])]")

_PAIRS = re.compile(rf"\(\s*{_NUMBER}\s*,\s*{_NUMBER}\s*\)\s*,\s*\(")

_BOX_KEYS = ("bbox_2d", "box_2d", "bbox", "box", "bounding_box", "boundingBox", "coordinates")
_POINT_KEYS = ("point_2d", "point", "position", "coordinate")
_LABEL_KEYS = (
    "label",
    "name",
    "text_content",
    "text",
    "class",
    "category",
    "object",
    "description",
)
_SCORE_KEYS = ("score", "confidence", "probability")
_CORNERS = (
    ("x0", "y0", "x1", "y1"),
    ("x1", "y1", "x2", "y2"),
    ("x_min", "y_min", "x_max", "y_max"),
    ("xmin", "ymin", "xmax", "ymax"),
    ("left", "top", "right", "bottom"),
)


def found_in(text: str) -> list[Found]:
    """All that the text names, in its order; the first notation that gives anything counts."""
    text = text[:MAX_TEXT]
    for reader in _READERS:
        items: list[Found] = []
        for item in reader(text):
            items.append(item)
            if len(items) == MAX_FOUND:
                break
        if items:
            return list(dict.fromkeys(items))  # small models like to say the same again and again
    return []


def _locations(text: str) -> Iterator[Found]:
    """``<loc0256><loc0128><loc0768><loc0896> cat ; ...``"""
    for tokens, label in _LOC.findall(text):
        numbers = tuple(float(digits) for digits in re.findall(r"\d{4}", tokens))
        if len(numbers) in (2, 4):
            yield Found(numbers, label.strip())


def _point_tags(text: str) -> Iterator[Found]:
    """``<point x="63.5" y="44.5" alt="cup">cup</point>``, and many: ``<points x1=... y1=...>``"""
    for inside, label in _POINT_TAG.findall(text):
        alt = _ALT.search(inside)
        label = label.strip() or (alt[1] if alt else "")
        values = {(axis, which): float(v) for axis, which, v in _ATTRIBUTE.findall(inside)}
        for (axis, which), x in values.items():
            if axis == "x" and ("y", which) in values:
                yield Found((x, values["y", which]), label, ordered=True)


def _box_tags(text: str) -> Iterator[Found]:
    """``<ref>cup</ref><box>[[10, 20, 30, 40]]</box>``, with or without brackets, several in one."""
    for label, tag, inside in _BOX_TAG.findall(text):
        pattern = _TWO if "point" in tag else _FOUR
        for numbers in pattern.findall(inside):
            yield Found(tuple(map(float, numbers)), label.strip())


def _json(text: str) -> Iterator[Found]:
    """The first JSON value in the text; of one that is cut or wrong, the objects that are whole."""
    for start in (at for at, char in enumerate(text) if char in "[{"):
        try:
            value, _ = json.JSONDecoder().raw_decode(text, start)
        except (ValueError, RecursionError):
            break
        found = list(_walk(value, ""))
        if found:
            yield from found
            return
    for match in _OBJECT.finditer(text):
        yield from _walk(_loose(match[0]), "")


def _loose(text: str) -> Any:
    for parse in _PARSERS:
        try:
            return parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return None


_PARSERS: tuple[Callable[[str], Any], ...] = (json.loads, ast.literal_eval)


def _walk(value: Any, label: str, depth: int = 0) -> Iterator[Found]:
    if depth > 50:
        return
    if isinstance(value, list):
        for inner in value:
            yield from _walk(inner, label, depth + 1)
    elif isinstance(value, dict):
        label = next((str(value[k]) for k in _LABEL_KEYS if isinstance(value.get(k), str)), label)
        numbers, ordered = _numbers_of(value)
        if numbers:
            yield Found(numbers, label.strip(), _score(value), ordered)
            return
        for key, inner in value.items():
            named = key if key not in _BOX_KEYS + _POINT_KEYS and not label else label
            if _flat(inner, 4) and key not in _BOX_KEYS:
                yield Found(_flat(inner, 4), str(named))  # {"cup": [10, 20, 30, 40]}
            else:
                yield from _walk(inner, label, depth + 1)


def _numbers_of(value: Mapping[str, Any]) -> tuple[tuple[float, ...], bool]:
    for key in _BOX_KEYS:
        if flat := _flat(value.get(key), 4):
            return flat, False
        if isinstance(value.get(key), dict) and (corners := _corners(value[key])):
            return corners, True
    for key in _POINT_KEYS:
        if flat := _flat(value.get(key), 2):
            return flat, False
    if corners := _corners(value):
        return corners, True
    return _flat([value.get("x"), value.get("y")], 2), True


def _corners(value: Mapping[str, Any]) -> tuple[float, ...]:
    for names in _CORNERS:
        if flat := _flat([value.get(name) for name in names], 4):
            return flat
    return ()


def _flat(value: Any, count: int) -> tuple[float, ...]:
    """So many numbers, or none: of ``[a, b, c, d]`` and of ``[[a, b], [c, d]]``."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return ()
    if len(value) == 1:
        return _flat(value[0], count)
    flat = [x for part in value for x in (part if isinstance(part, list) else [part])]
    numbers = [float(x) for x in flat if isinstance(x, int | float) and not isinstance(x, bool)]
    return tuple(numbers) if len(numbers) == len(flat) == count else ()


def _score(value: Mapping[str, Any]) -> float | None:
    scores = (value.get(key) for key in _SCORE_KEYS)
    return next((float(s) for s in scores if isinstance(s, int | float) and 0 <= s <= 1), None)


def _bare(text: str) -> Iterator[Found]:
    """Brackets with four or two numbers in prose; two pairs in a row are the corners of a box."""
    groups: list[tuple[float, ...]] = [
        tuple(map(float, re.findall(_NUMBER, inside))) for inside in _BARE.findall(text)
    ]
    pairs: list[tuple[float, ...]] = [group for group in groups if len(group) == 2]
    if _PAIRS.search(text):
        pairs = [a + b for a, b in zip(pairs[::2], pairs[1::2], strict=False)]
    yield from map(Found, [group for group in groups if len(group) == 4] or pairs)


_READERS = (_locations, _point_tags, _box_tags, _json, _bare)
