"""What pictures, pages and clips will cost, before anything is encoded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from edgeomni.errors import UsageError
from edgeomni.ports import Engine
from edgeomni.values import AudioClip, Image, Part


@dataclass(frozen=True, slots=True)
class Cost:
    """The room that something takes in a prompt."""

    pictures: tuple[tuple[int, int], ...] = ()
    """Width and height in pixels of each."""
    tokens: tuple[int, ...] = ()
    """One number for each picture: tokens of the context."""
    characters: int = 0
    """Of text, such as the text layer of a PDF; it comes on top."""

    @property
    def total(self) -> int:
        """Tokens of all pictures together."""
        return sum(self.tokens)


def measured(parts: Iterable[Part]) -> Cost:
    """Sizes and characters, with no tokens yet; pixels are let go of one by one.

    Raises UsageError for a sound, and whatever looking at a file raises.
    """
    sizes, characters = [], 0
    for part in parts:
        match part:
            case Image():
                sizes.append((part.width, part.height))
            case AudioClip():
                raise UsageError(f"{part.name} is a sound; only what is seen can be counted.")
            case str():
                characters += len(part)
    return Cost(tuple(sizes), characters=characters)


def priced(engine: Engine, seen: Cost) -> Cost:
    """The same with tokens, by the model's own rule.

    Raises:
        UsageError: the engine cannot tell.
        MediaError: the model would refuse a picture of that size.
    """
    tokens = engine.media_tokens(seen.pictures)
    if tokens is None:
        raise UsageError(
            "The server does not tell what a picture costs.",
            remedy="Ask a model on this machine: leave --base-url out.",
        )
    return replace(seen, tokens=tuple(tokens))
