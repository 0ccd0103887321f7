"""From tokens to events: bytes, stop texts, reasoning and tool calls, in that order."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from queue import SimpleQueue
from typing import Protocol

from edgeomni.engine.llama import Model
from edgeomni.engine.prompt.tokens import Tokenizer
from edgeomni.engine.reply.formats import ReplyFormat
from edgeomni.engine.reply.parser import Parser, reply_parser
from edgeomni.engine.reply.text import StopFilter, Utf8Stream
from edgeomni.values import Notice, Options, TextDelta, ThoughtDelta, ToolCall

Event = TextDelta | ThoughtDelta | ToolCall | Notice

_BLINK = 0.025
"""Seconds."""


class Job(Protocol):
    """Whoever asked."""

    @property
    def cancelled(self) -> bool: ...

    def say(self, event: Event) -> None: ...


class Voice:
    """Says what is being generated, from a thread of its own, while the next token is computed.

    A decode leaves the processor's caches full of weights, so whatever runs between two of them
    costs several times what it costs alone, and the decoding thread should do nothing there but
    choose. The first word leaves at once; what follows within a blink leaves together, because
    every frame wakes the parent up, and on a small machine that costs decoding some of its core.

    With stop texts each token is said before the next one is generated: none may follow a stop.
    """

    def __init__(
        self,
        model: Model,
        form: ReplyFormat,
        options: Options,
        job: Job,
        *,
        calls_before: int,
        at_once: bool = False,
    ) -> None:
        """``at_once`` says each token before the next is generated; stop texts want that anyway."""
        self._model = model
        self._job = job
        self._at_once = at_once or bool(options.stop)
        self._utf8 = Utf8Stream()
        self._stops = StopFilter(options.stop)
        self._parser: Parser = reply_parser(form, options.tools, calls_before=calls_before)
        self._shown = shown_tokens(model, form)
        self._raw: list[str] = []
        self._heard: list[str] = []
        self._tokens: list[int] = []
        self._untold = 0
        """Tokens that no text has stood for yet."""
        self._stopped = self._called = False
        self._waiting: SimpleQueue[int | None] = SimpleQueue()
        self._closing = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._speak_for_ever, daemon=True)

    def __enter__(self) -> Voice:
        if not self._at_once:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """What is certain is said, also when generating failed."""
        self._catch_up()

    def hear(self, token: int) -> bool:
        """Take one generated token; True when a stop text has ended the answer."""
        if self._at_once:
            self._speak([token])
        elif self._error is not None:
            raise self._error
        else:
            self._waiting.put(token)
        return self._stopped

    def finish(self, memory: Tokenizer | None) -> bool:
        """Say what was held back; returns True when the answer asked for tools.

        ``memory`` learns how the answer was tokenised, if it was said as it was generated.
        """
        self._catch_up()
        if self._error is not None:
            raise self._error
        rest = "" if self._stopped else self._held_back()
        self._emit([*(self._parser.feed(rest) if rest else ()), *self._parser.finish()])
        heard = "".join(self._heard)
        if memory and heard and heard == "".join(self._raw):
            memory.remember(heard, self._tokens)
        return self._called

    def _catch_up(self) -> None:
        if self._thread.is_alive():
            self._closing.set()
            self._waiting.put(None)
            self._thread.join()

    def _speak_for_ever(self) -> None:
        try:
            while self._speak_batch():
                self._closing.wait(_BLINK)
        except BaseException as error:  # raised where the answer is generated
            self._error = error

    def _speak_batch(self) -> bool:
        tokens = [self._waiting.get()]
        while not self._waiting.empty():
            tokens.append(self._waiting.get())
        self._speak([token for token in tokens if token is not None])
        return tokens[-1] is not None

    def _speak(self, tokens: Sequence[int]) -> None:
        self._emit([event for token in tokens for event in self._events(token)])

    def _events(self, token: int) -> Sequence[Event]:
        self._tokens.append(token)
        self._untold += 1
        text = self._utf8.feed(self._model.piece(token, special=token in self._shown))
        if not text:
            return ()
        self._raw.append(text)
        text, self._stopped = self._stops.feed(text)
        return self._parser.feed(text) if text else ()

    def _held_back(self) -> str:
        text, stopped = self._stops.feed(self._utf8.flush())
        return text if stopped else text + self._stops.flush()

    def _emit(self, events: Sequence[Event]) -> None:
        for event in joined(events):
            if isinstance(event, TextDelta):
                event, self._untold = replace(event, tokens=self._untold), 0
                self._heard.append(event.text)
            self._called |= isinstance(event, ToolCall)
            self._job.say(event)


def joined(events: Iterable[Event]) -> Iterator[Event]:
    """The same events, with neighbouring texts and neighbouring thoughts in one."""
    for kind, run in groupby(events, key=type):
        if kind is TextDelta:
            yield TextDelta("".join(each.text for each in run if isinstance(each, TextDelta)))
        elif kind is ThoughtDelta:
            yield ThoughtDelta("".join(each.text for each in run if isinstance(each, ThoughtDelta)))
        else:
            yield from run


def shown_tokens(model: Model, form: ReplyFormat) -> frozenset[int]:
    """Control tokens that must be seen to tell reasoning and tool calls from the answer."""
    tags = [tag for pair in form.thinking for tag in pair] + list(form.wrappers)
    if form.tools:
        tags += [tag for pair in form.tools.spans for tag in pair]
    if form.channels:
        tags += [form.channels.header_end, *form.channels.ends, *form.channels.heads]
    return frozenset(
        special.id for special in model.specials if any(special.text in tag for tag in tags)
    )
