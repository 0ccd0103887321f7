"""Values that may not be empty: those of an unset variable, which would mean something else."""

from __future__ import annotations

import argparse
from pathlib import Path


def text(given: str) -> str:
    """As it is. Raises ArgumentTypeError for an empty one."""
    if not given:
        raise argparse.ArgumentTypeError("it is empty")
    return given


def path(given: str) -> Path:
    """An empty one would be the whole folder. Raises ArgumentTypeError."""
    return Path(text(given))
