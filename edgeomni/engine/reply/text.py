"""Turns a stream of bytes into text, and finds given texts in a stream across its borders."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from edgeomni.errors import UsageError


class Utf8Stream:
    """Decodes bytes that arrive in arbitrary pieces, never half a character.

    Tokens are cut at bytes, not at characters; what is not UTF-8 becomes U+FFFD.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> str:
        return self._decoder.decode(data)

    def flush(self) -> str:
        """What is left at the end of the stream: U+FFFD for an unfinished character, else ''."""
        rest = self._decoder.decode(b"", final=True)
        self._decoder.reset()
        return rest


class Needles:
    """A fixed set of texts to look for in a buffer that still grows at its end."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = tuple(dict.fromkeys(texts))
        self._beginnings = {text[:n] for text in self._texts for n in range(1, len(text))}
        self._firsts = frozenset(text[0] for text in self._texts)
        self._reach = max((len(text) for text in self._texts), default=1) - 1

    def __bool__(self) -> bool:
        return bool(self._texts)

    def first(self, buffer: str) -> tuple[int, str] | None:
        """Where the text that is complete first begins, and which it is.

        Completion, not beginning, decides: only so is the answer the same however the stream was
        cut. Of two that are complete at once the longer counts.
        """
        places = ((buffer.find(text), text) for text in self._texts)
        found = [(at + len(text), at, text) for at, text in places if at >= 0]
        return min(found)[1:] if found else None

    def partial(self, buffer: str) -> int:
        """Length of the longest end of the buffer that could still become one of the texts."""
        firsts, beginnings = self._firsts, self._beginnings
        for at in range(max(0, len(buffer) - self._reach), len(buffer)):
            if buffer[at] in firsts and buffer[at:] in beginnings:
                return len(buffer) - at
        return 0


class StopFilter:
    """Lets text through up to the first stop text, which itself is never let through."""

    def __init__(self, stops: Sequence[str]) -> None:
        if not all(stops):
            raise UsageError(
                "An empty stop text would end every answer before its first word.",
                remedy="Leave it out.",
            )
        self._needles = Needles(stops)
        self._held = ""
        self._stopped = False

    def feed(self, text: str) -> tuple[str, bool]:
        """The text that may be shown now, and whether a stop text was met."""
        if self._stopped or not self._needles:
            return ("" if self._stopped else text), self._stopped
        buffer = self._held + text
        if hit := self._needles.first(buffer):
            self._held, self._stopped = "", True
            return buffer[: hit[0]], True
        keep = self._needles.partial(buffer)
        self._held = buffer[len(buffer) - keep :]
        return buffer[: len(buffer) - keep], False

    def flush(self) -> str:
        """What was held back, when the stream ends without a stop text."""
        held, self._held = self._held, ""
        return held
