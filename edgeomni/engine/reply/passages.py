"""Writes the passages of an answer without the white space that only sets tags apart."""

from __future__ import annotations

from edgeomni.values import TextDelta, ThoughtDelta, ToolCall

Delta = TextDelta | ThoughtDelta | ToolCall


class Passages:
    """Collects the events of one ``feed``; white space is held back until it is known to count."""

    def __init__(self) -> None:
        self.fresh = True
        """Nothing but white space since the last tag, or since the beginning."""
        self._trim = False
        self._space = ""
        self._out: list[Delta] = []

    def answer(self, text: str) -> None:
        self._write(text, TextDelta)

    def thought(self, text: str) -> None:
        self._write(text, ThoughtDelta)

    def call(self, call: ToolCall) -> None:
        self.turn()
        self._out.append(call)

    def turn(self) -> None:
        """A tag stands here: the white space on both sides of it is layout."""
        self.fresh, self._trim, self._space = True, True, ""

    def take(self) -> list[Delta]:
        out, self._out = self._out, []
        return out

    def close(self) -> None:
        """The end of an answer's text is text too: what was held back is written."""
        if self._space and not self._trim:
            self._append(self._space, TextDelta)
        self._space = ""

    def _write(self, text: str, kind: type[TextDelta] | type[ThoughtDelta]) -> None:
        text = self._space + text
        if self._trim:
            text = text.lstrip()
        body = text.rstrip()
        self._space = text[len(body) :]
        if body:
            self.fresh = self._trim = False
            self._append(body, kind)

    def _append(self, text: str, kind: type[TextDelta] | type[ThoughtDelta]) -> None:
        last = self._out[-1] if self._out else None
        if isinstance(last, TextDelta | ThoughtDelta) and isinstance(last, kind):
            self._out[-1] = kind(last.text + text)
        else:
            self._out.append(kind(text))
