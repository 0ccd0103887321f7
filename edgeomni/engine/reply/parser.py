"""Splits what a model writes into answer, reasoning and tool calls, while it is being written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from edgeomni.engine.reply.calls import read_calls
from edgeomni.engine.reply.channels import ChannelParser
from edgeomni.engine.reply.formats import ReplyFormat
from edgeomni.engine.reply.passages import Delta, Passages
from edgeomni.engine.reply.text import Needles
from edgeomni.values import Tool, ToolCall


class Parser(Protocol):
    def feed(self, text: str) -> list[Delta]:
        """The events that are certain by now."""
        ...

    def finish(self) -> list[Delta]:
        """What was held back, and the tool calls that the end of the answer completes."""
        ...


def reply_parser(form: ReplyFormat, tools: Sequence[Tool] = (), *, calls_before: int = 0) -> Parser:
    """A parser for one answer. Without offered tools, no text is ever taken for a call.

    Args:
        calls_before: Calls already made in this conversation; ids go on from there.
    """
    if form.channels:
        return ChannelParser(form.channels, tools, calls_before=calls_before)
    return ReplyParser(form, tools, calls_before=calls_before)


# How an answer begins that may be a call in bare JSON, with all white space taken out.
_BARE_HEADS = ('{"name":"', '{"type":"function"', '{"function":', '{"parameters":{')
_NO_TAG = ""


class ReplyParser:
    """For formats with tags. Holds back only what may still become a tag, or belongs to a call.

    Tags of reasoning count where a passage begins; in the middle of a sentence they are quoted.
    A tool call that cannot be read stays text.
    """

    def __init__(
        self, form: ReplyFormat, tools: Sequence[Tool] = (), *, calls_before: int = 0
    ) -> None:
        self._schemas = {tool.name: tool.parameters for tool in tools}
        self._tools = form.tools if tools else None
        self._spans = dict(self._tools.spans) if self._tools else {}
        self._opens = dict(form.thinking)
        self._closes = set(self._opens.values())
        self._wrappers = set(form.wrappers)
        self._tags = Needles([*self._spans, *self._opens, *self._closes, *self._wrappers])
        self._passages = Passages()
        self._calls = calls_before
        self._buffer = ""
        self._tag = _NO_TAG
        self._thought_seen = False
        self._step: Callable[[], bool] = self._answer
        if form.opened:
            self._think(form.opened)

    def feed(self, text: str) -> list[Delta]:
        self._buffer += text
        while self._step():
            pass
        return self._passages.take()

    def finish(self) -> list[Delta]:
        if self._step == self._thought:
            self._passages.thought(self._buffer)
            self._passages.turn()
        elif self._step == self._call:
            self._end_call(self._buffer, "")
        else:
            self._passages.answer(self._buffer)
        self._buffer = ""
        self._passages.close()
        return self._passages.take()

    # Each step consumes what it can of the buffer and says whether the next one may go on.

    def _answer(self) -> bool:
        if self._maybe_bare():
            self._tag, self._step = _NO_TAG, self._call
            return True
        return self._until(self._tags, self._passages.answer, self._meet)

    def _thought(self) -> bool:
        return self._until(self._thought_tags, self._passages.thought, self._meet_in_thought)

    def _call(self) -> bool:
        close = self._spans.get(self._tag, "")
        if self._tag == _NO_TAG and not self._maybe_bare():
            self._step = self._answer
            return True
        body, found, rest = self._buffer.partition(close) if close else (self._buffer, "", "")
        if found:
            self._buffer = rest
            self._end_call(body, close)
        return bool(found)

    def _until(
        self, tags: Needles, write: Callable[[str], None], meet: Callable[[str], None]
    ) -> bool:
        hit = tags.first(self._buffer)
        cut = hit[0] if hit else len(self._buffer) - tags.partial(self._buffer)
        write(self._buffer[:cut])
        self._buffer = self._buffer[cut + len(hit[1]) :] if hit else self._buffer[cut:]
        if hit:
            meet(hit[1])
        return bool(hit)

    def _meet(self, tag: str) -> None:
        if tag in self._spans:
            self._tag, self._step = tag, self._call
        elif tag in self._opens and self._passages.fresh:
            self._think(tag)
        elif tag in self._wrappers:
            self._passages.turn()
        elif tag in self._closes and not self._thought_seen:
            # Some prompts open the thought unseen: what was written before cannot be taken back.
            self._thought_seen = True
            self._passages.turn()
        else:
            self._passages.answer(tag)

    def _meet_in_thought(self, tag: str) -> None:
        if tag in self._closes:
            self._passages.turn()
            self._step = self._answer
        elif not self._passages.fresh:
            self._passages.thought(tag)

    def _think(self, tag: str) -> None:
        self._passages.turn()
        self._thought_seen = True
        self._thought_tags = Needles([tag, self._opens[tag]])
        self._step = self._thought

    def _maybe_bare(self) -> bool:
        """Whether the whole passage so far may be the beginning of a call in bare JSON."""
        if not (self._tools and self._tools.bare and self._passages.fresh):
            return False
        start = "".join(self._buffer[:200].split()).removeprefix("[")
        return bool(start) and any(
            head.startswith(start) or start.startswith(head) for head in _BARE_HEADS
        )

    def _end_call(self, body: str, close: str) -> None:
        self._step = self._answer
        calls = read_calls(self._tools.read, body, self._schemas) if self._tools else None
        if not calls or (self._tag == _NO_TAG and any(n not in self._schemas for n, _ in calls)):
            self._passages.answer(self._tag + body + close)
            return
        for call in calls:
            self._calls += 1
            self._passages.call(ToolCall(f"call_{self._calls}", *call))
