"""Splits answers in which every passage begins with a header that says to whom it goes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from edgeomni.engine.reply.calls import Schemas, read_named_call
from edgeomni.engine.reply.passages import Delta, Passages
from edgeomni.engine.reply.text import Needles
from edgeomni.values import Tool, ToolCall


@dataclass(frozen=True, slots=True)
class ChannelFormat:
    """The answer begins inside a header, because the prompt ends with the start of one."""

    name: str
    marks: tuple[str, ...]
    """A chat template that contains all of these uses the format."""
    header_end: str
    ends: tuple[str, ...]
    """What ends a passage; the next header follows."""
    heads: tuple[str, ...]
    """How a header may begin; empty for: with any word."""
    recipient: re.Pattern[str]
    """Finds in a header the tool (group 1) to which the passage goes."""
    thought: re.Pattern[str]
    """Finds in a header that the passage is reasoning."""
    answer: re.Pattern[str]
    """Finds in a header that the passage is for the user."""
    thinks: bool


CHANNEL_FORMATS: tuple[ChannelFormat, ...] = (
    ChannelFormat(
        "harmony",
        ("<|channel|>", "<|message|>", "<|start|>"),
        "<|message|>",
        ("<|end|>", "<|return|>", "<|call|>", "<|start|>"),
        ("<|channel|>", "<|start|>", "assistant", "to="),
        re.compile(r"\bto=(?:functions\.)?([^\s<]+)"),
        re.compile(r"<\|channel\|>\s*analysis\b"),
        re.compile(r"<\|channel\|>\s*(?:final|commentary)\b"),
        thinks=True,
    ),
    ChannelFormat(
        "functionary",
        (">>>all\\n", ">>>"),
        "\n",
        (">>>",),
        (),
        re.compile(r"\A\s*(?!all\s*\Z)(\S+)\s*\Z"),
        re.compile(r"(?!)"),
        re.compile(r"\A\s*all\s*\Z"),
        thinks=False,
    ),
)

_LONGEST_HEADER = 200
"""Characters; what goes on longer is no header."""


class ChannelParser:
    """The same seam as ``ReplyParser``, for formats with channels."""

    def __init__(
        self, form: ChannelFormat, tools: Sequence[Tool] = (), *, calls_before: int = 0
    ) -> None:
        self._form = form
        self._schemas: Schemas = {tool.name: tool.parameters for tool in tools}
        self._ends = Needles(form.ends)
        self._passages = Passages()
        self._calls = calls_before
        self._buffer = ""
        self._write = self._passages.answer
        self._recipient = ""
        self._step = self._header

    def feed(self, text: str) -> list[Delta]:
        self._buffer += text
        while self._step():
            pass
        return self._passages.take()

    def finish(self) -> list[Delta]:
        if self._recipient:
            self._end_call()
        elif self._step == self._body or not self._began_header():
            self._write(self._buffer)
        self._buffer = ""
        self._passages.close()
        return self._passages.take()

    def _header(self) -> bool:
        header, border, rest = self._buffer.partition(self._form.header_end)
        if border and self._address(header):
            self._buffer, self._step = rest, self._body
            return True
        if border or not self._plausible(header):
            self._write, self._step = self._passages.answer, self._body
            return True
        return False

    def _address(self, header: str) -> bool:
        """Send the passage where its header says; False when that is nowhere known."""
        form, found = self._form, self._form.recipient.search(header)
        self._passages.turn()
        if found and found[1] in self._schemas:
            self._recipient = found[1]
        elif form.thought.search(header):
            self._write = self._passages.thought
        elif form.answer.search(header):
            self._write = self._passages.answer
        else:
            return False
        return True

    def _body(self) -> bool:
        hit = self._ends.first(self._buffer)
        if self._recipient:
            return bool(hit) and self._end_call(hit)
        cut = hit[0] if hit else len(self._buffer) - self._ends.partial(self._buffer)
        self._write(self._buffer[:cut])
        self._buffer = self._buffer[cut:]
        if hit:
            self._next_header(hit[1])
        return bool(hit)

    def _next_header(self, end: str) -> None:
        self._buffer = self._buffer[len(end) :]
        self._passages.turn()
        self._step = self._header

    def _end_call(self, hit: tuple[int, str] | None = None) -> bool:
        at, end = hit or (len(self._buffer), "")
        body, self._buffer = self._buffer[:at], self._buffer[at:]
        call = read_named_call(self._recipient, body)
        self._recipient = ""
        if call:
            self._calls += 1
            self._passages.call(ToolCall(f"call_{self._calls}", *call))
        else:
            self._passages.answer(body)
        self._next_header(end)
        return True

    def _plausible(self, header: str) -> bool:
        start = header.lstrip()
        if len(header) > _LONGEST_HEADER:
            return False
        if not self._form.heads:
            return not any(c.isspace() for c in start)
        return any(head.startswith(start) or start.startswith(head) for head in self._form.heads)

    def _began_header(self) -> bool:
        """The answer broke off in a header, which is nothing for the user."""
        return bool(self._form.heads) and self._plausible(self._buffer)
