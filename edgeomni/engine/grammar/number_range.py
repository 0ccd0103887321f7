"""Writes GBNF for numbers between bounds, digit by digit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgeomni.engine.grammar.schema_parts import wrong

_LARGEST = 10**16 - 1
_FRACTION = '("." [0-9]{1,16})?'
_NO_FRACTION = '("." "0"{1,16})?'


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a schema says about a number."""

    at: str
    low: float
    high: float
    open_low: bool
    open_high: bool

    @staticmethod
    def of(said: Mapping[str, Any], at: str) -> Bounds:
        """Raises SchemaError for bounds that are no numbers, or that leave nothing."""
        low, open_low = _bound(said, "minimum", "exclusiveMinimum", at)
        high, open_high = _bound(said, "maximum", "exclusiveMaximum", at)
        low = -_LARGEST if low is None else low
        high = _LARGEST if high is None else high
        if low > high or max(abs(low), abs(high)) > _LARGEST:
            raise wrong(at, "no number lies between the bounds, or they have over 16 digits")
        return Bounds(at, low, high, open_low, open_high)


def integer_range(bounds: Bounds) -> str:
    """GBNF for the integers within the bounds."""
    low = math.floor(bounds.low) + 1 if bounds.open_low else math.ceil(bounds.low)
    high = math.ceil(bounds.high) - 1 if bounds.open_high else math.floor(bounds.high)
    if low > high:
        raise wrong(bounds.at, "no integer lies between the bounds")
    choices = []
    if low < 0:
        choices.append(f'"-" ({_digits(max(1, -high), -low)})')
    if high >= 0:
        choices.append(_digits(max(0, low), high))
    return " | ".join(choices)


def number_range(bounds: Bounds) -> str:
    """GBNF for the numbers within the bounds, which must be whole and inclusive."""
    low, high = int(bounds.low), int(bounds.high)
    if (low, high) != (bounds.low, bounds.high) or bounds.open_low or bounds.open_high:
        raise wrong(bounds.at, "only whole, inclusive bounds of a number can be enforced")
    choices = []
    if low < 0:
        choices.append(f'"-" ({_magnitudes(max(0, -high), -low)})')
    if high >= 0:
        choices.append(_magnitudes(max(0, low), high))
    return " | ".join(choices)


def _magnitudes(low: int, high: int) -> str:
    if high == _LARGEST:
        return f"({_digits(low, high)}) {_FRACTION}"
    last = f"({_digits(high, high)}) {_NO_FRACTION}"
    return last if low == high else f"({_digits(low, high - 1)}) {_FRACTION} | {last}"


def _digits(low: int, high: int) -> str:
    """The integers from ``low`` to ``high``, neither negative, without leading zeros."""
    choices, whole = [], []
    for length in range(len(str(low)), len(str(high)) + 1):
        first, last = 10 ** (length - 1) if length > 1 else 0, 10**length - 1
        if low <= first and last <= high and length > 1:
            whole.append(length - 1)
        else:
            choices.append(_between(str(max(low, first)), str(min(high, last))))
    if whole:
        choices.append(f"[1-9] [0-9]{{{whole[0]},{whole[-1]}}}")
    return " | ".join(choices)


def _between(low: str, high: str) -> str:
    """Texts of digits from ``low`` to ``high``, which are equally long."""
    length = len(low)
    if length == 0:
        return ""
    if low == "0" * length and high == "9" * length:
        return f"[0-9]{{{length}}}"
    if low[0] == high[0]:
        return f'"{low[0]}" {_between(low[1:], high[1:])}'.rstrip()
    if length == 1:
        return f"[{low}-{high}]"
    first, last = int(low[0]), int(high[0])
    choices = []
    if low[1:] != "0" * (length - 1):
        choices.append(f'"{first}" ({_between(low[1:], "9" * (length - 1))})')
        first += 1
    whole_last = high[1:] == "9" * (length - 1)
    middle = last if whole_last else last - 1
    if first <= middle:
        choices.append(f"[{first}-{middle}] [0-9]{{{length - 1}}}")
    if not whole_last:
        choices.append(f'"{last}" ({_between("0" * (length - 1), high[1:])})')
    return choices[0] if len(choices) == 1 else f"({' | '.join(choices)})"


def _bound(
    said: Mapping[str, Any], inclusive: str, exclusive: str, at: str
) -> tuple[float | None, bool]:
    for key, is_open in ((exclusive, True), (inclusive, False)):
        if key in said:
            value = said[key]
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise wrong(at, f"'{key}' is a number")
            if is_open and inclusive in said:
                raise wrong(at, f"both '{inclusive}' and '{exclusive}'")
            return value, is_open
    return None, False
