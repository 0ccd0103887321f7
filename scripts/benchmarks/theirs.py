"""The peers' side: llama-bench, llama-server, and llama-cpp-python's own chat handler."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.ours import Subject
from benchmarks.peers import Shelf
from edgeomni.values import Message
from tests.llama_server import LlamaServer, ServerSpec, chat_message

BATCH = 512
"""Tokens per batch, logical and physical, on all sides."""


@dataclass(frozen=True)
class Said:
    """One answer of a peer, timed like ours."""

    text: str
    first_ms: float
    """From the call to the first text."""
    evaluated: int
    """Prompt tokens that were not in its cache."""


def bench(
    shelf: Shelf,
    subject: Subject,
    *,
    flash: str,
    prompt: int = 0,
    generate: int = 0,
    depth: int = 0,
) -> float:
    """Tokens per second of llama-bench: one repetition behind ``depth`` tokens, warmed up.

    ``flash`` is ``off``, as the engine has it on a CPU, or ``auto``, llama-bench's own choice.
    """
    command = [str(shelf.program("llama-bench")), "--model", str(subject.model)]
    sizes = {"-p": prompt, "-n": generate, "-d": depth, "-b": BATCH, "-ub": BATCH}
    sizes |= {"-t": subject.threads, "-ngl": 0, "-r": 1}
    command += [word for flag, value in sizes.items() for word in (flag, str(value))]
    command += ["-fa", flash, "-o", "json"]
    done = subprocess.run(command, capture_output=True, check=True, stdin=subprocess.DEVNULL)
    (only,) = json.loads(done.stdout)
    return float(only["samples_ts"][0])


@contextmanager
def server(shelf: Shelf, subject: Subject, scratch: Path, *extra: str) -> Iterator[LlamaServer]:
    spec = ServerSpec(
        shelf.program("llama-server"),
        subject.model,
        subject.mmproj,
        context=subject.context,
        threads=subject.threads,
        batch=BATCH,
        extra=extra,
    )
    with LlamaServer(spec, scratch / "llama-server.log") as started:
        yield started


def chat(asked: LlamaServer, messages: Sequence[Message], count: int) -> Said:
    """A greedy answer through ``/v1/chat/completions``, streamed.

    The clock starts when the request is ready to be sent: packing pictures is the client's work.
    """
    body = {
        "messages": [chat_message(message.role, *message.parts) for message in messages],
        "max_tokens": count,
        "temperature": 0,
        "stream": True,
        "cache_prompt": True,
        "timings_per_token": True,
    }
    packed = json.dumps(body).encode()
    began, first, text, evaluated = time.perf_counter(), 0.0, "", 0
    for event in asked.events("/v1/chat/completions", packed):
        evaluated = event.get("timings", {}).get("prompt_n", evaluated)
        for choice in event.get("choices", []):
            if said := choice["delta"].get("content"):
                first = first or time.perf_counter()
                text += said
    return Said(text, ((first or time.perf_counter()) - began) * 1000, evaluated)


class Handler:
    """llama-cpp-python's ``Llama`` with its MTMDChatHandler, in a process of its own."""

    def __init__(self, subject: Subject) -> None:
        command = [sys.executable, "-m", "benchmarks.handler", str(subject.model)]
        command += [str(subject.mmproj or ""), str(subject.context), str(subject.threads)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> Handler:
        self._read()  # it says when the model is loaded
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def chat(self, messages: Sequence[Message], count: int) -> Said:
        assert self._process.stdin
        packed = [chat_message(message.role, *message.parts) for message in messages]
        json.dump({"messages": packed, "max_tokens": count}, self._process.stdin)
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        data = self._read()
        return Said(data["text"], data["first_ms"], data["evaluated"])

    def _read(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("llama-cpp-python's handler ended by itself")
        return json.loads(line)
