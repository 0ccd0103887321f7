"""Makes a process fail where a test wants it to: ``EDGEOMNI_FAULTS=engine.decode:abort@token=7``.

Several faults are separated by commas. Each is ``point:action`` and any number of conditions,
``@key=value`` or ``@key``; it acts when a point of that name is passed with such facts. Real
crashes, of a driver or of a damaged file, cannot be had on demand, and a fallback that was never
taken does not work.
"""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from edgeomni.errors import EngineError, UsageError

VARIABLE = "EDGEOMNI_FAULTS"

_FAULT = re.compile(r"([a-z]+(?:\.[a-z_]+)+):([a-z]+)((?:@[a-z_]+(?:=[^@,\s]+)?)*)")


@dataclass(frozen=True, slots=True)
class Fault:
    point: str
    action: str
    conditions: tuple[tuple[str, str | None], ...] = ()
    """(fact, wanted value); None wants a fact that is true."""

    def meets(self, point: str, facts: Mapping[str, Any]) -> bool:
        return point == self.point and all(
            bool(facts.get(key)) if value is None else str(facts.get(key)) == value
            for key, value in self.conditions
        )


class Faults:
    """The faults of this process; none, unless the variable is set."""

    def __init__(self, faults: tuple[Fault, ...] = ()) -> None:
        self._faults = faults

    def __bool__(self) -> bool:
        return bool(self._faults)

    def at(self, point: str, **facts: Any) -> None:
        """Pass a point; whatever is to happen there happens."""
        for fault in self._faults:
            if fault.meets(point, facts):
                _ACTIONS[fault.action](point)


def from_environment(environ: Mapping[str, str]) -> Faults:
    """Raises UsageError when the variable says nothing that could happen."""
    text = environ.get(VARIABLE, "").strip()
    return Faults(tuple(map(_parse, text.split(",")))) if text else Faults()


def _parse(text: str) -> Fault:
    found = _FAULT.fullmatch(text.strip())
    if not found or found[2] not in _ACTIONS:
        raise UsageError(
            f"{VARIABLE} holds '{text.strip()}', which is no fault.",
            remedy=f"Write point:action@key=value; actions are {', '.join(_ACTIONS)}.",
        )
    pairs = (condition.partition("=") for condition in found[3].split("@")[1:])
    return Fault(found[1], found[2], tuple((key, value or None) for key, _, value in pairs))


def _kill(point: str) -> None:
    # Windows has no SIGKILL; ending the process by SIGTERM is as sudden there.
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def _fail(point: str) -> None:
    raise EngineError(
        f"A fault was asked for at {point}.",
        works="Everything else.",
        remedy=f"Unset {VARIABLE}.",
        code="fault",
    )


def _hang(point: str) -> None:
    threading.Event().wait()


_ACTIONS: dict[str, Callable[[str], object]] = {
    "abort": lambda point: os.abort(),
    "kill": _kill,
    "exit": lambda point: os._exit(70),
    "fail": _fail,
    "hang": _hang,
}
