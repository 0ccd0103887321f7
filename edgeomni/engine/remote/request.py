"""Writes a conversation as the body of a request in OpenAI's chat protocol."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from edgeomni.engine.remote.media_files import png, wav
from edgeomni.engine.remote.servers import Server
from edgeomni.errors import AbilityMissing, UsageError
from edgeomni.values import AudioClip, Image, Lane, Message, Options, Part, ToolCall

Json = dict[str, Any]


def chat_body(
    server: Server, messages: Sequence[Message], options: Options, lane: Lane = "chat"
) -> Json:
    """The whole body. Raises AbilityMissing for what this server cannot be asked."""
    if options.schema is not None and options.grammar:
        raise UsageError("A schema and a grammar exclude each other.", remedy="Give one of them.")
    _check_senses(server, messages)
    body: Json = {
        "messages": [_message(message) for message in messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": options.max_tokens,
        "temperature": options.temperature,
        "top_p": options.top_p,
    }
    if server.model:
        body["model"] = server.model
    if server.kind.lanes and server.slots > 1:
        body["id_slot"] = 0 if lane == "chat" else 1
    return (
        body
        | _sampling(server, options)
        | _shape(server, options)
        | _going_on(server, options, body)
    )


def _sampling(server: Server, options: Options) -> Json:
    """What the protocol does not know is sent only to servers that do."""
    kind = server.kind
    body: Json = {kind.fields[name]: getattr(options, name) for name in kind.fields}
    if "top_k" in body and not options.top_k:
        body["top_k"] = kind.no_top_k
    if options.seed is not None:
        body["seed"] = options.seed
    if options.stop:
        body["stop"] = list(options.stop)
    return body


def _shape(server: Server, options: Options) -> Json:
    """Tools, schema and grammar."""
    body: Json = {}
    if options.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": dict(tool.parameters),
                },
            }
            for tool in options.tools
        ]
    if options.schema is not None:
        schema = {"name": "answer", "schema": dict(options.schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    if options.grammar:
        if not server.kind.grammar:
            raise _missing(server, "take a grammar", "Give a JSON schema instead.")
        body["grammar"] = options.grammar
    return body


def _going_on(server: Server, options: Options, body: Json) -> Json:
    """An answer already begun, and whether to think before it."""
    thinking = options.thinking
    more: Json = {}
    if options.continuation:
        if server.kind.continues is None:
            raise _missing(server, "go on with an answer already begun", "Ask anew.")
        begun = {"role": "assistant", "content": options.continuation}
        more = {"messages": [*body["messages"], begun], **server.kind.continues}
        thinking = False  # the thinking lies before what has been said
    if thinking is not None and server.kind.template_arguments:
        more["chat_template_kwargs"] = {"enable_thinking": thinking}
    return more


def _check_senses(server: Server, messages: Sequence[Message]) -> None:
    media = [item for message in messages for item in message.media]
    for kind, able, what in ((Image, server.vision, "see"), (AudioClip, server.audio, "hear")):
        if not able and any(isinstance(item, kind) for item in media):
            raise AbilityMissing(
                f"The model {server.model or 'of the server'} cannot {what}.",
                works="Text works.",
                remedy="Serve a model with a projector for it, or leave it out.",
            )


def _missing(server: Server, what: str, remedy: str) -> AbilityMissing:
    return AbilityMissing(
        f"{server.kind.name.capitalize()} cannot {what}.", works="Everything else.", remedy=remedy
    )


def _message(message: Message) -> Json:
    body: Json = {"role": message.role, "content": _content(message)}
    if message.tool_calls:
        body["tool_calls"] = [_tool_call(call) for call in message.tool_calls]
    if message.role == "tool":
        body["tool_call_id"] = message.tool_call_id
    return body


def _content(message: Message) -> str | list[Json]:
    if not message.media:
        return message.text
    return [said for part in message.parts for said in _frames(part)]


def _frames(part: Part) -> Iterator[Json]:
    """A server knows of no two frames in one: it gets one after the other."""
    yield _part(part)
    if isinstance(part, Image) and part.later:
        yield _part(replace(part, pixels=part.later, later=b""))


def _part(part: Part) -> Json:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if isinstance(part, Image):
        data = base64.b64encode(png(part)).decode()
        return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    data = base64.b64encode(wav(part)).decode()
    return {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}


def _tool_call(call: ToolCall) -> Json:
    arguments = json.dumps(call.arguments, ensure_ascii=False)
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    }
