"""Reads JSON of which nothing is known: what has not the wanted type counts as empty."""

from __future__ import annotations

from typing import Any


def as_object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def as_number(value: Any) -> float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def as_whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
