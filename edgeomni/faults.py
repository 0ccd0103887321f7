"""Faults on demand, so that falling back and recovering can be seen without broken hardware.

``EDGEOMNI_FAULTS="engine.load:abort@gpu,engine.decode:kill@token=7"`` makes a worker abort when it
loads a model onto a GPU, and kill itself at the seventh token. Actions: ``abort`` (SIGABRT),
``kill`` (SIGKILL), ``exit`` (status 3), ``fail`` (an EngineError), ``hang``.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edgeomni.errors import EngineError, UsageError

VARIABLE = "EDGEOMNI_FAULTS"


@dataclass(frozen=True, slots=True)
class Fault:
    point: str
    action: str
    conditions: tuple[tuple[str, str], ...] = ()
    """(fact, value); the value of a bare ``@fact`` is ``true``."""

    def strikes(self, point: str, facts: Mapping[str, object]) -> bool:
        return point == self.point and all(
            str(facts.get(name, "")).lower() == value for name, value in self.conditions
        )


class Faults:
    """The faults that were asked for; usually none."""

    def __init__(self, faults: tuple[Fault, ...] = ()) -> None:
        self._faults = faults

    @classmethod
    def from_environment(cls) -> Faults:
        return cls(parse(os.environ.get(VARIABLE, "")))

    def at(self, point: str, **facts: object) -> None:
        """Fail here, if that was asked for."""
        for fault in self._faults:
            if fault.strikes(point, facts):
                _ACTIONS[fault.action](point)


def parse(text: str) -> tuple[Fault, ...]:
    """Raises UsageError."""
    return tuple(_one(entry.strip()) for entry in text.split(",") if entry.strip())


def _one(entry: str) -> Fault:
    head, *conditions = entry.split("@")
    point, found, action = head.partition(":")
    if not found or not point or action not in _ACTIONS:
        raise UsageError(
            f"{VARIABLE}: '{entry}' is not of the form point:action[@fact=value].",
            remedy=f"Actions are {', '.join(_ACTIONS)}.",
        )
    facts = [condition.partition("=") for condition in conditions]
    return Fault(point, action, tuple((name, value or "true") for name, _, value in facts))


def _fail(point: str) -> None:
    raise EngineError(f"A fault was asked for at {point}.")


def _kill(_point: str) -> None:
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


_ACTIONS: dict[str, Callable[[str], None]] = {
    "abort": lambda _point: os.abort(),
    "kill": _kill,
    "exit": lambda _point: os._exit(3),
    "fail": _fail,
    "hang": lambda _point: threading.Event().wait(),  # type: ignore[dict-item]
}
