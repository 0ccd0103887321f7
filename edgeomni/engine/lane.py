"""One conversation's place in the KV cache: carries out what prefix.py decides."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from edgeomni.engine.llama import Aborted, Context, NoRoom
from edgeomni.engine.media import MediaEncoder, MissingMedia
from edgeomni.engine.prefix import (
    Checkpoint,
    Item,
    MediaChunk,
    Memory,
    Plan,
    cells,
    plan,
    positions,
)
from edgeomni.errors import ContextFull, EdgeomniError, EngineError

_CHECKPOINTS = 8
_CHECKPOINT_BYTES = 256 << 20
_ANSWER_ROOM = 256
"""Positions that an answer may take before a sliding window loses the prompt's beginning."""


@dataclass(slots=True)
class Work:
    """What evaluating a prompt took."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    media_encodes: int = 0
    encode_ms: float = 0.0
    prefill_ms: float = 0.0


@dataclass
class Lane:
    """``items`` is exactly what the sequence holds: it changes only together with the cache."""

    seq: int
    context: Context
    encoder: MediaEncoder | None = None
    items: list[Item] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)
    position: int = 0
    """Of the next item: ``positions(items)``, kept up because every token asks for it."""

    # -- evaluating a prompt --

    def evaluate(self, prompt: Sequence[Item], cancelled: Callable[[], bool]) -> Work:
        """Bring the sequence to hold this prompt, with logits when it ends with a text token.

        Raises Aborted when cancelled, MissingMedia when pixels are needed again, ContextFull.
        """
        decision = plan(self.items, prompt, self._memory(), self.checkpoints)
        self._check_media(prompt[decision.keep :])
        self._act(decision)
        kept = len(self.items)  # less than was decided when llama.cpp refused
        self._check_media(prompt[kept:])
        work = Work(prompt_tokens=cells(prompt), cached_tokens=cells(prompt[:kept]))
        began = time.perf_counter()
        self.context.abortable(True)
        try:
            self._append(prompt[kept:], cancelled, work)
        except Aborted:
            self._recover()
            raise
        except (NoRoom, EngineError) as error:
            raise self._failed(error) from None
        finally:
            self.context.abortable(False)
        work.prefill_ms = (time.perf_counter() - began) * 1000 - work.encode_ms
        return work

    def step(self, token: int) -> None:
        """Evaluate one generated token. Raises ContextFull."""
        try:
            self.context.step(token, self.position, self.seq)
        except (NoRoom, EngineError) as error:
            raise self._failed(error) from None
        self.items.append(token)
        self.position += 1

    def _failed(self, error: NoRoom | EngineError) -> EdgeomniError:
        """What a failed evaluation leaves in the cache is undefined."""
        self.forget()
        if isinstance(error, NoRoom):
            return ContextFull("The context has no room for this prompt.")
        return error

    def forget(self) -> None:
        self.context.truncate(self.seq, 0)
        self.items.clear()
        self.checkpoints.clear()
        self.position = 0

    def hold(self, items: Sequence[Item], checkpoints: Sequence[Checkpoint]) -> None:
        """Take note of what a restored state contains."""
        self.items[:], self.checkpoints[:] = items, checkpoints
        self.position = positions(items)

    # -- acts --

    def _memory(self) -> Memory:
        model = self.context.model
        return Memory(model.recurrent, model.n_swa, self.context.first_position(self.seq))

    def _check_media(self, wanted: Sequence[Item]) -> None:
        chunks = [item for item in wanted if isinstance(item, MediaChunk)]
        if chunks and self.encoder is not None and (lost := self.encoder.missing(chunks)):
            raise MissingMedia(lost)

    def _act(self, decision: Plan) -> None:
        if decision.clear:
            self.forget()
        elif decision.restore is not None:
            if self.context.set_state(self.seq, decision.restore.state, partial=True):
                self._cut(decision.keep)
            else:
                self.forget()
        elif decision.keep < len(self.items):
            self._cut(decision.keep)

    def _cut(self, length: int) -> None:
        if not self.context.truncate(self.seq, positions(self.items[:length])):
            self.forget()
            return
        del self.items[length:]
        self.position = positions(self.items)
        self.checkpoints = [point for point in self.checkpoints if point.length <= length]

    def _append(self, rest: Sequence[Item], cancelled: Callable[[], bool], work: Work) -> None:
        if not self._needs_checkpoint(rest):
            self._append_items(rest, cancelled, work)
            return
        # Before the last item, so that the same prompt can start there again.
        self._append_items(rest[:-1], cancelled, work)
        self._checkpoint()
        self._append_items(rest[-1:], cancelled, work)

    def _append_items(
        self, rest: Sequence[Item], cancelled: Callable[[], bool], work: Work
    ) -> None:
        for is_media, run in groupby(rest, key=lambda item: isinstance(item, MediaChunk)):
            if is_media:
                self._append_media([item for item in run if isinstance(item, MediaChunk)], work)
            else:
                self._append_text([item for item in run if isinstance(item, int)], cancelled)

    def _append_text(self, tokens: list[int], cancelled: Callable[[], bool]) -> None:
        step = self.context.shape.n_ubatch
        for start in range(0, len(tokens), step):
            if cancelled():
                raise Aborted
            part = tokens[start : start + step]
            self.context.decode(part, self.position, self.seq, logits=True)
            self._hold(part)

    def _append_media(self, chunks: Sequence[MediaChunk], work: Work) -> None:
        if self.encoder is None:
            raise ValueError("media in a prompt for a model without an encoder")
        for chunk in chunks:
            if not self.encoder.ready(chunk):
                work.media_encodes += 1
            work.encode_ms += self.encoder.encode(chunk)
            self.encoder.decode(self.context, chunk, self.position, self.seq)
            self._hold((chunk,))

    def _hold(self, items: Sequence[Item]) -> None:
        self.items.extend(items)
        self.position += positions(items)

    # -- memory that cannot be cut --

    def _needs_checkpoint(self, rest: Sequence[Item]) -> bool:
        """A sliding window forgets nothing until it is full; its checkpoints can be large."""
        model = self.context.model
        end = self.position + positions(rest)
        return model.recurrent or 0 < model.n_swa < end + _ANSWER_ROOM

    def _checkpoint(self) -> None:
        length = len(self.items)
        if not length or any(point.length == length for point in self.checkpoints):
            return
        state = self.context.state(self.seq, partial=True)
        self.checkpoints.append(Checkpoint(length, self.position, state))
        while (
            len(self.checkpoints) > _CHECKPOINTS
            or sum(len(point.state) for point in self.checkpoints) > _CHECKPOINT_BYTES
        ) and len(self.checkpoints) > 1:
            del self.checkpoints[0]

    def _recover(self) -> None:
        """After an abort the cells behind ``items`` are undefined, and a window may have moved."""
        model = self.context.model
        if not model.recurrent and not model.n_swa:
            self._cut(len(self.items))
            return
        usable = [point for point in self.checkpoints if point.length <= len(self.items)]
        if not usable:
            self.forget()
            return
        best = max(usable, key=lambda point: point.length)
        self._act(Plan(best.length, restore=best))
