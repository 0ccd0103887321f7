"""Whether a message is over, as its language model sees it: what the next token would be. Pure.

A model that was trained on sentences knows where they end. Of the probability of the next token,
the share of those that close a sentence tells whole messages from begun ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from edgeomni.values import Message

_MARKS = (".", "?", "!", "\n", "\u3002", "\uff1f", "\uff01", "\u061f", "\u06d4", "\u0964")
"""What closes a sentence in the scripts that have a mark for it, and a line's end."""
_CLOSE = "".join(_MARKS) + " \t,;:\u2026\u3001\uff0c\u060c"
"""What a transcript may put behind the last word, for better or worse."""


def without_close(messages: Sequence[Message]) -> list[Message]:
    """The same conversation, the last message without the marks behind its last word."""
    last = messages[-1]
    if not last.parts or not isinstance(last.parts[-1], str):
        return list(messages)
    bare = last.parts[-1].rstrip(_CLOSE)
    return [*messages[:-1], replace(last, parts=(*last.parts[:-1], bare))]


def closers(
    tokenize: Callable[[str], Sequence[int]],
    piece: Callable[[int], bytes],
    ends: Sequence[int],
) -> tuple[int, ...]:
    """The tokens that close a sentence behind a word, and those that end a message."""
    found = set(ends)
    for mark in _MARKS:
        # Behind a letter: at the beginning of a text some vocabularies put a space before it.
        last = tokenize(f"a{mark}")[-1]
        if piece(last) == mark.encode():
            found.add(last)
    return tuple(sorted(found))


def closing_mass(logits: NDArray[np.float32], tokens: Sequence[int]) -> float:
    """The probability of all these tokens together; ``logits`` has the shape (n_vocab,)."""
    powers = np.exp(logits - logits.max(), dtype=np.float64)
    return float(powers[list(tokens)].sum() / powers.sum())
