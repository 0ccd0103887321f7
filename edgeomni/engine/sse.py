"""Reads server-sent events from bytes that arrive in arbitrary pieces."""

from __future__ import annotations

import re

from edgeomni.engine.text import Utf8Stream

MAX_EVENT = 4 * 1024 * 1024
"""Characters: more than any one event of an answer has."""

_LINE = re.compile(r"(.*?)(?:\r\n|\n|\r(?!\Z))", re.S)


class EventTooLong(ValueError):
    """The stream goes on without ever ending an event."""


class SseStream:
    """Gives the data of whole events; comments, ids and retry times are passed over."""

    def __init__(self) -> None:
        self._decoder = Utf8Stream()
        self._rest = ""
        self._data: list[str] = []
        self._begun = False

    def feed(self, data: bytes) -> list[str]:
        """The data of the events that these bytes complete. Raises EventTooLong."""
        self._rest += self._decoder.feed(data)
        if not self._begun and self._rest:
            self._begun, self._rest = True, self._rest.removeprefix("\ufeff")
        events, at = [], 0
        while found := _LINE.match(self._rest, at):
            at = found.end()
            events += self._line(found[1])
        self._rest = self._rest[at:]
        if len(self._rest) + sum(map(len, self._data)) > MAX_EVENT:
            raise EventTooLong
        return events

    def finish(self) -> list[str]:
        """An event that the end of the stream completes: some servers leave out the last line."""
        rest, self._rest = self._rest, ""
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
