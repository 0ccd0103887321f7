"""Reads the chunks of a streamed answer in OpenAI's chat protocol."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from edgeomni.engine.remote.loose_json import as_list, as_number, as_object
from edgeomni.engine.reply.formats import ReplyFormat
from edgeomni.engine.reply.parser import reply_parser
from edgeomni.engine.reply.passages import Delta
from edgeomni.values import FinishReason, Receipt, TextDelta, ThoughtDelta, ToolCall

_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "error",
}


@dataclass
class _Call:
    id: str
    name: str = ""
    arguments: str = ""


class ChatAnswer:
    """Turns chunks into events and, at the end, into a receipt. It takes any JSON."""

    def __init__(self, echo: str = "") -> None:
        """``echo``: what the server may say once more before it goes on."""
        self._echo = echo
        # A server without a parser of its own leaves <think> in the text.
        self._text = reply_parser(ReplyFormat())
        self._calls: dict[int, _Call] = {}
        self._made = 0
        self._usage: dict[str, Any] = {}
        self._timings: dict[str, Any] = {}
        self.reason: FinishReason | None = None
        """None while the server has not said why it ended."""

    def feed(self, chunk: dict[str, Any]) -> list[Delta]:
        self._usage = as_object(chunk.get("usage")) or self._usage
        self._timings = as_object(chunk.get("timings")) or self._timings
        events: list[Delta] = []
        for choice in as_list(chunk.get("choices"))[:1]:
            choice = as_object(choice)
            # A server that does not stream sends one whole message.
            events += self._delta(
                as_object(choice.get("delta")) or as_object(choice.get("message"))
            )
            if (reason := choice.get("finish_reason")) is not None:
                self.reason = _REASONS.get(str(reason), "stop")
        return events

    def finish(self) -> list[Delta]:
        """What the end of the stream completes."""
        events = self._text.finish()
        for index in sorted(self._calls):
            events += self._made_call(self._calls[index])
        self._calls = {}
        if self._made and self.reason == "stop":
            self.reason = "tool_calls"
        return events

    def receipt(self, first_ms: float, decode_ms: float, media: int) -> Receipt:
        """From what the server counted; its clock where it has one, else ours.

        ``media_encodes`` stays 0: no server tells what it encoded. Counts that a server keeps to
        itself stay 0 too.
        """
        usage, timings = self._usage, self._timings
        details = as_object(usage.get("prompt_tokens_details"))
        cached = as_number(details.get("cached_tokens")) or as_number(timings.get("cache_n"))
        counted = as_number(timings.get("prompt_n")) + as_number(timings.get("cache_n"))
        made = as_number(usage.get("completion_tokens")) or as_number(timings.get("predicted_n"))
        decode_ms = as_number(timings.get("predicted_ms")) or decode_ms
        return Receipt(
            prompt_tokens=int(as_number(usage.get("prompt_tokens")) or counted),
            cached_tokens=int(cached),
            media_items=media,
            completion_tokens=int(made),
            prefill_ms=as_number(timings.get("prompt_ms")),
            first_token_ms=first_ms,
            decode_ms=decode_ms,
            tokens_per_second=(made - 1) / decode_ms * 1000 if made > 1 and decode_ms else 0.0,
            finish_reason=self.reason or "stop",
        )

    def _delta(self, delta: dict[str, Any]) -> list[Delta]:
        events: list[Delta] = []
        thought = delta.get("reasoning_content") or delta.get("reasoning")
        if isinstance(thought, str) and thought:
            events.append(ThoughtDelta(thought))
        if isinstance(text := delta.get("content"), str) and text:
            events += self._text.feed(self._without_echo(text))
        for piece in as_list(delta.get("tool_calls")):
            events += self._piece(as_object(piece))
        return events

    def _without_echo(self, text: str) -> str:
        echo, self._echo = self._echo, ""
        if text.startswith(echo):
            return text.removeprefix(echo)
        if echo.startswith(text):
            self._echo = echo.removeprefix(text)
            return ""
        return text

    def _piece(self, piece: dict[str, Any]) -> list[Delta]:
        index, given = piece.get("index"), str(piece.get("id") or "")
        index = index if isinstance(index, int) else len(self._calls) if given else 0
        events: list[Delta] = []
        begun = self._calls.get(index)
        if begun and given and begun.id and given != begun.id:
            # Some servers number every call 0 and tell them apart by id.
            events = self._made_call(self._calls.pop(index))
        call = self._calls.setdefault(index, _Call(given))
        call.id = call.id or given
        function = as_object(piece.get("function"))
        if (name := str(function.get("name") or "")) != call.name:  # some repeat it in every piece
            call.name += name
        arguments = function.get("arguments")
        call.arguments += arguments if isinstance(arguments, str) else _written(arguments)
        return events

    def _made_call(self, call: _Call) -> list[Delta]:
        try:
            arguments = json.loads(call.arguments or "{}")
        except (ValueError, RecursionError):
            arguments = None
        if not call.name or not isinstance(arguments, dict):
            return [TextDelta(f"{call.name}({call.arguments})")]
        self._made += 1
        return [ToolCall(call.id or f"call_{self._made}", call.name, arguments)]


def _written(arguments: Any) -> str:
    return "" if arguments is None else json.dumps(arguments)
