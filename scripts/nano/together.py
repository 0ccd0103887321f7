"""Several processes that train one eye: each looks at pictures of its own, all take the same step.

On a CPU each works by itself for a whole step; threads of one process would wait for each other
within every operation.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, distributed, multiprocessing


@dataclass(frozen=True, slots=True)
class Together:
    """One of them."""

    rank: int = 0
    size: int = 1

    def agree(self, gradients: Sequence[Tensor], fraction: float) -> float:
        """Average gradients in place, and return the average fraction of the time that is over."""
        if self.size == 1:
            return fraction
        own = gradients[0].new_tensor([fraction])
        flat = torch.cat([*(gradient.flatten() for gradient in gradients), own])
        distributed.all_reduce(flat)
        flat /= self.size
        parts = flat[:-1].split([gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))
        return float(flat[-1])


ALONE = Together()
_PATIENCE = timedelta(days=2)
"""For each other: one of them may rest while others need the machine."""


def run(size: int, work: Callable[..., None], *arguments: Any) -> None:
    """``work(together, *arguments)`` in so many processes, this one when it is one; on a CPU."""
    if size == 1:
        work(ALONE, *arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        meeting = Path(folder) / "meeting"
        multiprocessing.spawn(_take_part, (size, meeting, work, arguments), nprocs=size)


def _take_part(
    rank: int, size: int, meeting: Path, work: Callable[..., None], arguments: tuple[Any, ...]
) -> None:
    distributed.init_process_group(
        "gloo", f"file://{meeting}", rank=rank, world_size=size, timeout=_PATIENCE
    )
    work(Together(rank, size), *arguments)
    distributed.destroy_process_group()
