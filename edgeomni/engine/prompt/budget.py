"""What fits the context: pure arithmetic over messages and tokens."""

from __future__ import annotations

from collections.abc import Sequence

from edgeomni.values import Message

_KEEP = 0.7
"""Share of the context that a trimmed conversation fills. Trimming costs the KV cache, so it
makes room for several turns at once."""


def reserve(max_tokens: int, limit: int) -> int:
    """Tokens that must stay free for the answer."""
    return min(max_tokens, max(limit // 8, 16))


def turns(messages: Sequence[Message]) -> list[int]:
    """Indices at which a turn begins: every user message."""
    return [index for index, message in enumerate(messages) if message.role == "user"]


def without_oldest(messages: Sequence[Message], dropped: int) -> list[Message]:
    """The conversation without its ``dropped`` oldest turns; system messages stay."""
    starts = turns(messages)
    begin = starts[dropped] if dropped < len(starts) else len(messages)
    return [
        message
        for index, message in enumerate(messages)
        if message.role == "system" or index >= begin
    ]


def droppable(messages: Sequence[Message]) -> int:
    """How many turns may go: never the last one."""
    return max(len(turns(messages)) - 1, 0)


def target(limit: int) -> int:
    return int(limit * _KEEP)
