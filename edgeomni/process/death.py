"""What is known of a worker's end, in words."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path

from edgeomni.errors import WorkerDied


@dataclass(frozen=True, slots=True)
class Exit:
    """How a worker process ended."""

    signal: int | None = None
    """The POSIX signal that ended it."""
    status: int | None = None
    """Its exit status, when no signal ended it; both are None when it never ran."""
    cause: str = ""
    """Why the parent ended it, as the rest of a sentence; empty when it ended by itself."""
    hung: bool = False
    """It did not answer in time and was ended for it."""
    expected: bool = False
    """It was closed on purpose."""
    last_words: str = ""
    """The last line of its log, cleaned; empty when it wrote none."""
    at: float = 0.0
    """Seconds of the worker's clock."""


_OUT_OF_MEMORY = "Close other programs or choose something smaller, and try again."
_BY_SIGNAL = {
    "SIGKILL": "was killed, which the system does when memory runs out",
    "SIGABRT": "aborted",
    "SIGSEGV": "crashed",
    "SIGBUS": "crashed",
    "SIGFPE": "crashed",
    "SIGILL": "met an instruction that this processor does not have",
    "SIGTERM": "was asked to end by another program",
}
_BY_STATUS = {
    0xC0000005: "crashed",  # Windows: access violation
    0xC000001D: "met an instruction that this processor does not have",
    0xC0000017: "ran out of memory",
    0xC0000409: "aborted",  # Windows: fail fast, what abort() becomes
}


def died(room: str, exit: Exit, *, method: str, log: Path) -> WorkerDied:
    """The error that tells the user; ``method`` is what it was asked to do, or empty."""
    doing = f" while it worked on '{method}'" if method else ""
    said = f", and its last words were: {exit.last_words}." if _speaks(exit) else "."
    remedy = f"Try again; if it happens again, its log says more: {log}"
    error = WorkerDied(
        f"The {room} worker {manner(exit)}{doing}{said}",
        works="Everything else goes on, and it is started afresh when it is next needed.",
        remedy=_OUT_OF_MEMORY if _is_killed(exit) else remedy,
    )
    error.signal, error.status, error.hung = exit.signal, exit.status, exit.hung
    return error


def manner(exit: Exit) -> str:
    """How it ended, as the rest of a sentence about it."""
    if exit.expected:
        return "was closed"
    if exit.cause:
        return exit.cause
    if exit.signal is not None:
        name = signal_name(exit.signal)
        return f"{_BY_SIGNAL.get(name, 'was ended')} ({name})"
    if exit.status is None:
        return "was not started"
    known = _BY_STATUS.get(exit.status & 0xFFFFFFFF)
    return known or f"ended by itself with status {exit.status}"


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _speaks(exit: Exit) -> bool:
    """Whoever was killed or closed from outside said nothing about it."""
    return bool(exit.last_words) and not (exit.expected or exit.cause or _is_killed(exit))


def _is_killed(exit: Exit) -> bool:
    return exit.signal is not None and signal_name(exit.signal) == "SIGKILL" and not exit.cause
