"""Answers with llama-cpp-python's MTMDChatHandler: one JSON request a line, one answer a line."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import llama_cpp
from llama_cpp.llama_chat_format import MTMDChatHandler

BATCH = 512


class Handler(MTMDChatHandler):
    """With plain text for the template: many, SmolLM2's too, take no typed parts."""

    def _get_template_messages(self, messages: list[Any], media_marker: str) -> list[Any]:
        typed = super()._get_template_messages(messages, media_marker)
        return [{**message, "content": _text(message["content"])} for message in typed]


def _text(content: Any) -> str:
    """The handler has put its marker in place of each picture already."""
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def main(model: str, mmproj: str, context: str, threads: str) -> None:
    handler = Handler(mmproj, verbose=False, use_gpu=False) if mmproj else None
    llama = llama_cpp.Llama(
        model,
        chat_handler=handler,
        n_ctx=int(context),
        n_threads=int(threads),
        n_threads_batch=int(threads),
        n_batch=BATCH,
        n_ubatch=BATCH,
        n_gpu_layers=0,
        verbose=False,
    )
    _say({"ready": True})
    for line in sys.stdin:
        _say(_answer(llama, json.loads(line)))


def _answer(llama: Any, request: dict[str, Any]) -> dict[str, Any]:
    messages = [_plain(message) for message in request["messages"]]
    began, first, text = time.perf_counter(), 0.0, ""
    for part in llama.create_chat_completion(
        messages, max_tokens=request["max_tokens"], temperature=0.0, stream=True
    ):
        if said := part["choices"][0]["delta"].get("content"):
            first = first or time.perf_counter()
            text += said
    first_ms = ((first or time.perf_counter()) - began) * 1000
    return {"text": text, "first_ms": first_ms, "evaluated": llama.n_tokens}


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    """The text alone where there is nothing else: its templates want it so."""
    parts = message["content"]
    if all(part["type"] == "text" for part in parts):
        return {**message, "content": "".join(part["text"] for part in parts)}
    return message


def _say(data: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(data) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
