"""What fits the context: pure arithmetic over messages and tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a conversation that outgrew its context was cut, and of which conversation that is."""

    dropped: int
    """Turns."""
    marks: tuple[object, object]
    """What the whole conversation began with, and what the rest begins with."""

    @classmethod
    def of(cls, messages: Sequence[Message], dropped: int) -> Cut:
        starts = turns(messages)
        return cls(dropped, (_mark(messages[starts[0]]), _mark(messages[starts[dropped]])))

    def holds(self, messages: Sequence[Message]) -> bool:
        """Whether this is the same conversation, gone on."""
        return self.dropped <= droppable(messages) and self == Cut.of(messages, self.dropped)


def _mark(message: Message) -> object:
    return message.role, message.text, tuple(media.digest for media in message.media)
