"""Reads server-sent events from bytes that arrive in arbitrary pieces."""

from __future__ import annotations

import re

from edgeomni.engine.reply.text import Utf8Stream

MAX_EVENT = 4 * 1024 * 1024
"""Characters: more than any one event of an answer has."""

_LINE = re.compile(r"(.*?)(?:\r\n|\n|\r(?!\Z))", re.S)


class EventTooLong(ValueError):
    """The stream goes on without ever ending an event."""


class SseStream:
    """Gives the data of whole events; comments, ids and retry times are passed over."""

    def __init__(self) -> None:
        self._decoder = Utf8Stream()
        self._line_parts: list[str] = []
        self._length = 0
        self._data: list[str] = []
        self._begun = False

    def feed(self, data: bytes) -> list[str]:
        """The data of the events that these bytes complete. Raises EventTooLong."""
        text = self._decoder.feed(data)
        if not self._begun and text:
            self._begun, text = True, text.removeprefix("\ufeff")
        half = self._line_parts[-1:] == ["\r"]
        events: list[str] = []
        if half or "\n" in text or "\r" in text:
            # Joined only now: a long line would otherwise be searched again with every piece.
            text, at = "".join([*self._line_parts, text]), 0
            self._line_parts, self._length = [], 0
            while found := _LINE.match(text, at):
                at = found.end()
                events += self._line(found[1])
            text = text[at:]
        self._keep(text)
        return events

    def _keep(self, text: str) -> None:
        if text.endswith("\r"):  # perhaps the first half of a line's end
            self._line_parts += [text[:-1], "\r"]
        elif text:
            self._line_parts.append(text)
        self._length += len(text)
        if self._length + sum(map(len, self._data)) > MAX_EVENT:
            raise EventTooLong

    def finish(self) -> list[str]:
        """An event that the end of the stream completes: some servers leave out the last line."""
        rest, self._line_parts = "".join(self._line_parts), []
        events = [event for line in rest.splitlines() for event in self._line(line)]
        return events + self._line("")

    def _line(self, line: str) -> list[str]:
        name, _, value = line.partition(":")
        if not line and self._data:
            event, self._data = "\n".join(self._data), []
            return [event]
        if name == "data":
            self._data.append(value.removeprefix(" "))
        elif name == "error":
            # llama-server once told of errors in a field of their own.
            return [f'{{"error": {value}}}']
        return []
