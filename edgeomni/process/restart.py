"""Whether a worker that died is started again, and how long to wait before: a pure decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    window: float = 60.0
    """Seconds after which a death is forgotten."""
    delays: tuple[float, ...] = (0.0, 0.0, 1.0)
    """Seconds to wait before a start after 0, 1, 2 ... remembered deaths; beyond that, no start."""


def delay_before_start(deaths: Sequence[float], now: float, policy: RestartPolicy) -> float | None:
    """Seconds to wait before the next start; None when there have been too many deaths.

    ``deaths`` and ``now`` are seconds of the same clock. Workers that were closed on purpose are
    no deaths: changing the model three times in a minute is no trouble.
    """
    remembered = sum(now - death < policy.window for death in deaths)
    return policy.delays[remembered] if remembered < len(policy.delays) else None
