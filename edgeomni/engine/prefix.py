"""What of a lane's KV cache a new prompt can keep: a pure decision, acted on in lane.py.

A prompt is a list of items: text tokens, and media chunks that stand for many cells. llama.cpp has
three memory classes, and each forgets differently:

* plain: cells can be cut off at any position;
* sliding window: cutting "succeeds" even when the window's cells are gone, and the answer is then
  silently wrong (logits off by 7.8 on a tiny Gemma 3), so the oldest remembered position decides;
* recurrent or hybrid: nothing can be cut off, only appended, or put back from a checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MediaChunk:
    """One encoder output: a picture, a tile of one, or up to 30 s of sound."""

    digest: str
    """Identity of the picture or sound that it was cut from."""
    ordinal: int
    """Which chunk of it: tiles share the digest."""
    n_tokens: int
    """KV cells."""
    n_pos: int
    """Positions; fewer than cells under M-RoPE, where a picture spans max(width, height)."""


Item = int | MediaChunk


def cells(items: Sequence[Item]) -> int:
    return sum(item.n_tokens if isinstance(item, MediaChunk) else 1 for item in items)


def positions(items: Sequence[Item]) -> int:
    return sum(item.n_pos if isinstance(item, MediaChunk) else 1 for item in items)


@dataclass(frozen=True, slots=True)
class Memory:
    """What a context remembers of a lane, and how it forgets."""

    recurrent: bool
    n_swa: int
    """Width of the sliding window in positions; 0 without one."""
    first_position: int
    """The oldest position that every layer still holds; -1 when empty."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A lane's state behind its first ``length`` items, for memory that cannot be cut."""

    length: int
    position: int
    state: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    keep: int
    """Items of the wanted prompt that need no evaluation."""
    restore: Checkpoint | None = None
    """Put this back before cutting."""
    clear: bool = False
    """Forget the lane altogether."""


def common(cached: Sequence[Item], wanted: Sequence[Item]) -> int:
    """Length of the common prefix in items; a media chunk is shared whole or not at all."""
    n = min(len(cached), len(wanted))
    if list(cached[:n]) == list(wanted[:n]):
        return n
    return next(i for i in range(n) if cached[i] != wanted[i])


def plan(
    cached: Sequence[Item],
    wanted: Sequence[Item],
    memory: Memory,
    checkpoints: Sequence[Checkpoint] = (),
) -> Plan:
    """Keep as much as is safe, and leave at least the last item: its logits are wanted."""
    shared = min(common(cached, wanted), len(wanted) - 1)
    if shared == len(cached) and cached:
        return Plan(shared)  # append only: right for every memory class
    if shared and _can_cut(memory, positions(wanted[:shared])):
        return Plan(shared)
    usable = [point for point in checkpoints if point.length <= shared]
    if usable:
        best = max(usable, key=lambda point: point.length)
        return Plan(best.length, restore=best)
    return Plan(0, clear=True)


def _can_cut(memory: Memory, position: int) -> bool:
    if memory.recurrent or memory.first_position < 0:
        return False
    # The token at `position` looks back n_swa - 1 positions; all of them must still be there.
    return not memory.n_swa or memory.first_position <= max(0, position - memory.n_swa)
