"""The engine seam over any server that speaks OpenAI's chat protocol."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeomni.engine.remote.address import Address, refusal
from edgeomni.engine.remote.answer import ChatAnswer
from edgeomni.engine.remote.link import Cancelled, Link
from edgeomni.engine.remote.loose_json import as_object
from edgeomni.engine.remote.request import chat_body
from edgeomni.engine.remote.servers import Server, identify
from edgeomni.engine.remote.sse import EventTooLong, SseStream
from edgeomni.errors import ContextFull, EngineError, RemoteError
from edgeomni.ports import Cancel
from edgeomni.values import (
    Abilities,
    EngineEvent,
    Finished,
    Lane,
    Message,
    Notice,
    Options,
    Receipt,
)

if TYPE_CHECKING:
    import httpx

_CHAT = "/chat/completions"
_AUDIO_RATE = 16_000
"""Hertz: what servers' audio encoders want; they resample anything else."""


class RemoteEngine:
    """vLLM, SGLang, llama-server, Ollama or any other; who they are is asked once."""

    def __init__(
        self, base_url: str, api_key: str = "", model: str = "", context: int | None = None
    ) -> None:
        """Raises UsageError for an address or a key that cannot be one; asks no server yet.

        Args:
            base_url: As in ``http://host:8080/v1``.
            api_key: Sent to that host only, and never shown.
            model: Empty for the first one that the server lists.
            context: Tokens, for servers that do not say.
        """
        self._link = Link(Address(base_url, api_key))
        self._model = model
        self._context = context
        self._server: Server | None = None

    def stream(
        self,
        messages: Sequence[Message],
        options: Options,
        *,
        lane: Lane = "chat",
        cancel: Cancel | None = None,
    ) -> Iterator[EngineEvent]:
        """As the port says. What does not fit is trimmed openly, the oldest turns first."""
        turn = _Turn(cancel)
        kept: Sequence[Message] = tuple(messages)
        while True:
            body = chat_body(self._known(), kept, options, lane)
            try:
                echo = options.continuation if self._known().kind.echoes else ""
                yield from self._answer(body, kept, turn, echo)
                return
            except ContextFull:
                shorter = _without_oldest(kept)
                if options.overflow == "refuse" or turn.begun or not shorter:
                    raise
                kept = shorter
                yield Notice(
                    "history-trimmed",
                    "The conversation outgrew the server's context; "
                    f"{len(messages) - len(kept)} of {len(messages)} messages were left out.",
                )

    def prefill(
        self, messages: Sequence[Message], *, lane: Lane = "chat", cancel: Cancel | None = None
    ) -> Receipt:
        """Warm llama-server's cache, which can evaluate a prompt without generating.

        Elsewhere at least one token would have to be generated, and often paid: nothing is done,
        and the receipt is empty.
        """
        server = self._known()
        if not server.kind.lanes:
            return Receipt()
        body = chat_body(server, messages, Options(), lane) | {"n_predict": 0}
        events = self._answer(body, messages, _Turn(cancel))
        receipt = next(event.receipt for event in events if isinstance(event, Finished))
        # The server counts a token that it drew and threw away.
        return replace(receipt, completion_tokens=0, first_token_ms=0.0, decode_ms=0.0)

    def ending(
        self, messages: Sequence[Message], *, lane: Lane = "chat", cancel: Cancel | None = None
    ) -> float | None:
        """No server tells it of a message that goes on."""
        return None

    def save(self, lane: Lane, path: Path) -> None:
        raise _not_remote()

    def restore(self, lane: Lane, path: Path) -> int:
        raise _not_remote()

    def abilities(self) -> Abilities:
        server = self._known()
        return Abilities(
            model=server.model,
            vision=server.vision,
            audio=server.audio,
            audio_rate=_AUDIO_RATE if server.audio else 0,
            tools=server.tools,
            thinking=server.thinking,
            context=server.context or self._context or 0,
            device="remote",
            rung=f"{server.kind.name} at {self._link.address.host}",
        )

    def media_tokens(self, sizes: Sequence[tuple[int, int]]) -> list[int] | None:
        """Which encoder the server has is not told."""
        return None

    def close(self) -> None:
        """Nothing stays open between answers."""

    def _known(self) -> Server:
        if self._server is None:
            self._server = self._ask_who()
        return self._server

    def _ask_who(self) -> Server:
        address = self._link.address
        status, models = self._link.probe(address.base + "/models")
        lost = status == 404 and not address.versioned
        if lost and self._link.probe(address.base + "/v1/models")[0] == 200:
            raise RemoteError(
                f"The server {address.host} answers under /v1 only.",
                works="Local models work without any server.",
                remedy=f"Set engine.base_url to {address.base}/v1.",
            )
        # Not every server lists its models; who names one can do without the list.
        if status != 200 and not (status in (404, 405, 501) and self._model):
            raise refusal(address, status, models)
        props = None
        if "llamacpp" in json.dumps(models):
            props = self._link.probe(address.root + "/props")[1]
        return identify(models, props, self._model)

    def _answer(
        self, body: dict[str, Any], messages: Sequence[Message], turn: _Turn, echo: str = ""
    ) -> Iterator[EngineEvent]:
        answer = ChatAnswer(echo)
        try:
            with self._link.post(_CHAT, body, turn.cancel) as response:
                for chunk in self._chunks(response, answer):
                    for event in answer.feed(chunk):
                        turn.word()
                        yield event
                    turn.check()
                yield from answer.finish()
        except Cancelled:
            answer.reason = "cancelled"
        media = sum(len(message.media) for message in messages)
        yield Finished(answer.receipt(turn.first_ms, turn.decode_ms, media))

    def _chunks(self, response: httpx.Response, answer: ChatAnswer) -> Iterator[dict[str, Any]]:
        """The JSON objects of the stream. Raises RemoteError for whatever is not one."""
        if "event-stream" not in response.headers.get("content-type", ""):
            yield self._read(response.read().decode("utf-8", "replace"))
            return
        stream = SseStream()
        try:
            for piece in response.iter_raw():
                for data in stream.feed(piece):
                    if data.strip() == "[DONE]":
                        return
                    yield self._read(data)
        except EventTooLong as error:
            raise self._nonsense("an event without end") from error
        yield from (self._read(data) for data in stream.finish() if data.strip() != "[DONE]")
        if answer.reason is None:
            raise RemoteError(
                f"The answer of {self._link.address.host} broke off in the middle.",
                works="What has been said is kept.",
                remedy="Ask again; if it breaks off again, look into the server's log.",
            )

    def _read(self, data: str) -> dict[str, Any]:
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise self._nonsense(data) from error
        if not isinstance(chunk, dict):
            raise self._nonsense(data)
        if chunk.get("error"):
            code = as_object(chunk["error"]).get("code")
            status = code if isinstance(code, int) else 500
            raise refusal(self._link.address, status, chunk)
        return chunk

    def _nonsense(self, data: str) -> RemoteError:
        address = self._link.address
        return RemoteError(
            f"The server {address.host} sent what is no chat answer: {address.clean(data)[:80]}",
            works="Local models work without any server.",
            remedy="See whether engine.base_url leads to an OpenAI-compatible server.",
        )


class _Turn:
    """The clock of one answer, and whether it is still wanted."""

    def __init__(self, cancel: Cancel | None) -> None:
        self.cancel = cancel
        self._started = time.perf_counter()
        self._first = self._last = 0.0

    @property
    def begun(self) -> bool:
        return bool(self._first)

    @property
    def first_ms(self) -> float:
        return (self._first - self._started) * 1000 if self._first else 0.0

    @property
    def decode_ms(self) -> float:
        return (self._last - self._first) * 1000

    def word(self) -> None:
        self._last = time.perf_counter()
        self._first = self._first or self._last
        self.check()

    def check(self) -> None:
        if self.cancel and self.cancel.asked:
            raise Cancelled


def _without_oldest(messages: Sequence[Message]) -> Sequence[Message]:
    """Without the older half of the turns; empty when only the last turn is left."""
    head = [m for m in messages[:1] if m.role == "system"]
    starts = [i for i, m in enumerate(messages) if m.role == "user"]
    if len(starts) < 2:
        return ()
    return [*head, *messages[starts[(len(starts) + 1) // 2] :]]


def _not_remote() -> EngineError:
    return EngineError(
        "A server's cache cannot be saved or restored from here.",
        works="The conversation itself is kept; the server reads it anew.",
        remedy="Use a local model where this matters.",
    )
