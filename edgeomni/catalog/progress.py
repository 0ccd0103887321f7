"""How a pull tells its face what it is doing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Transfer:
    """How far one file is."""

    act: Literal["download", "verify", "unpack"]
    name: str
    done: int
    """Bytes."""
    total: int
    """Bytes; 0 when unknown."""


class Progress(Protocol):
    def say(self, text: str) -> None:
        """One line worth reading: what comes, and how large it is."""
        ...

    def step(self, transfer: Transfer) -> None:
        """Called often; the last call for an act has ``done == total``."""
        ...


class Silent:
    """Progress for nobody."""

    def say(self, text: str) -> None: ...

    def step(self, transfer: Transfer) -> None: ...


def size(count: int) -> str:
    """Bytes for people, in decimal units: ``98.4 MB``."""
    if count < 1000:
        return f"{count} B"
    amount = float(count)
    for unit in ("kB", "MB", "GB", "TB"):
        amount /= 1000
        if amount < 999.95 or unit == "TB":
            break
    return f"{amount:.1f} {unit}"
