"""The tables of words in ``words.toml``, read once."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

_ALL: dict[str, Any] = tomllib.loads(
    (files("edgeomni.speech.wording") / "words.toml").read_text(encoding="utf-8")
)
UNITS: dict[str, list[str]] = _ALL["units"]
"""Sign to its word for one, and for many."""
SCALES: dict[str, str] = _ALL["scales"]
BEFORE_NUMBERS: dict[str, str] = _ALL["before_numbers"]
ABBREVIATIONS: dict[str, str] = _ALL["abbreviations"]
SIGNS: dict[str, str] = _ALL["signs"]
FRACTIONS: dict[str, str] = _ALL["fractions"]
LANGUAGES: dict[str, str] = _ALL["languages"]
"""Names behind the ticks of a code block, in small letters."""
COMMANDS: dict[str, str] = _ALL["commands"]
"""Of TeX, without the backslash."""
