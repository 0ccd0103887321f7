"""A loaded model that answers: template, tokens, lanes and sampling put together."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from edgeomni.engine.config import EngineConfig, Rung
from edgeomni.engine.ending import closers, closing_mass, without_close
from edgeomni.engine.lane import Lane as KvLane
from edgeomni.engine.lane import Work
from edgeomni.engine.llama import Aborted, Context, ContextShape, Model
from edgeomni.engine.media import EncoderSettings, MediaEncoder, MissingMedia, Piece
from edgeomni.engine.passing import Passing
from edgeomni.engine.prefix import Item, MediaChunk, cells
from edgeomni.engine.prompt import budget
from edgeomni.engine.prompt.template import ChatTemplate, Segment, Slot, Text
from edgeomni.engine.prompt.tokens import Tokenizer
from edgeomni.engine.reply.formats import ReplyFormat, detect_format
from edgeomni.engine.sampling import Sampler
from edgeomni.engine.voice import Job, Voice
from edgeomni.errors import AbilityMissing, ContextFull, InputError, UsageError
from edgeomni.faults import Faults
from edgeomni.values import (
    FinishReason,
    Lane,
    Media,
    Message,
    Notice,
    Options,
    Receipt,
)

_ENDED_EARLY = Notice(
    "ended-early",
    "The answer came near the end of its tokens and was ended in its shape: the last values are "
    "cut short or empty. A higher --max-tokens leaves more room.",
)


@dataclass(slots=True)
class _Turn:
    """The state of one running answer."""

    began: float
    first_token: float = 0.0
    last_token: float = 0.0
    tokens: int = 0
    reason: FinishReason = "stop"


class Brain:
    """One model in one process."""

    def __init__(self, config: EngineConfig, rung: Rung, threads: int, faults: Faults) -> None:
        self.config = config
        self._faults = faults
        self._rung = rung
        self._job: Job | None = None
        faults.at("engine.load", gpu=rung.on_gpu)
        self.model = Model(config.model, gpu_layers=rung.gpu_layers)
        self.encoder = self._encoder(config, rung, threads)
        faults.at("engine.context", gpu=rung.on_gpu)
        smallest = self.encoder.smallest_batch() if self.encoder else 0
        shape = ContextShape(
            n_ctx=config.cells,
            n_ubatch=min(max(512, smallest), config.cells),
            lanes=len(config.lanes),
            threads=threads,
            on_gpu=rung.on_gpu,
            flash=config.flash,
        )
        self.context = Context(self.model, shape, self._is_cancelled)
        source = self.model.chat_template
        self.tokenizer = Tokenizer(self.model, source)
        self.template = ChatTemplate(
            source, self.model.bos_text(), self.model.eos_text(), self.tokenizer.spellings
        )
        self.format = detect_format(source)
        self._cuts: dict[Lane, budget.Cut] = {}
        """Where the conversations were cut that have outgrown their context."""
        self._passing = Passing()
        self.lanes: dict[Lane, KvLane] = {
            name: KvLane(seq, self.context, self.encoder) for seq, name in enumerate(config.lanes)
        }

    def _encoder(self, config: EngineConfig, rung: Rung, threads: int) -> MediaEncoder | None:
        if config.mmproj is None:
            return None
        self._faults.at("engine.mmproj", gpu=rung.mmproj_on_gpu)
        settings = EncoderSettings(
            on_gpu=bool(rung.mmproj_on_gpu),
            threads=threads,
            image_min_tokens=config.image_min_tokens,
            image_max_tokens=config.image_max_tokens,
            flash=config.flash,
        )
        return MediaEncoder(config.mmproj, self.model, settings, self._is_cancelled)

    def close(self) -> None:
        self.context.close()
        if self.encoder:
            self.encoder.close()
        self.model.close()

    def _is_cancelled(self) -> bool:
        return self._job is not None and self._job.cancelled

    # -- the prompt --

    def learn(self, media: Media) -> None:
        """Take pixels or samples in, so that prompts may name them by digest."""
        if self.encoder is not None:
            self.encoder.learn(media)

    def pass_by(self, messages: Sequence[Message]) -> None:
        """These were looked at in passing: what was so before, and stands nowhere, is forgotten."""
        if self.encoder is None:
            return
        items = (item for lane in self.lanes.values() for item in lane.items)
        held = {item.digest for item in items if isinstance(item, MediaChunk)}
        shown = [media.digest for message in messages for media in message.media]
        for digest in self._passing.seen(shown, held):
            self.encoder.forget(digest)

    def _pieces(self, media: Media) -> Sequence[Piece]:
        if self.encoder is None or not self.encoder.knows(media.digest):
            raise MissingMedia([media.digest])
        return self.encoder.pieces(media.digest)

    def _items(self, segments: Sequence[Segment]) -> list[Item]:
        lost = [
            segment.media.digest
            for segment in segments
            if isinstance(segment, Slot)
            and not (self.encoder and self.encoder.knows(segment.media.digest))
        ]
        if lost:
            raise MissingMedia(lost)
        return self.tokenizer.items(segments, self._pieces)

    def prompt(
        self, messages: Sequence[Message], options: Options
    ) -> tuple[list[Item], ReplyFormat]:
        """The items to evaluate before an answer, and what that answer will look like."""
        if options.tools and not self.format.supports_tools:
            raise AbilityMissing(
                f"{self.config.title} was not made to call tools.",
                remedy="Ask without tools, or choose a model with that ability.",
            )
        # Reasoning is behind an answer that was begun, and outside what a grammar describes.
        answering = bool(options.continuation or options.grammar) or options.schema is not None
        thinking = False if answering and options.thinking is None else options.thinking
        segments = self.template.render(
            messages,
            tools=options.tools,
            switches={} if thinking is None else self.format.switched(thinking),
            known=self.tokenizer.spoken.knows,
        )
        tail = segments[-1].text if isinstance(segments[-1], Text) else ""
        form = self.format.after(tail)
        if answering and form.opened:
            segments.append(Text(f"\n{dict(form.thinking)[form.opened]}\n\n", trusted=True))
            form = replace(form, opened="")
        if options.continuation:
            segments.append(Text(options.continuation, trusted=False))
        if options.grammar or options.schema is not None:
            form = ReplyFormat(thinking=())  # every letter is the answer's, tags and all
        return self._items(segments), form

    def _fitting_prompt(
        self, messages: Sequence[Message], options: Options, lane: Lane, job: Job
    ) -> tuple[list[Item], ReplyFormat]:
        limit = self.config.limit(lane)
        free = budget.reserve(options.max_tokens, limit)
        items, form = self.prompt(messages, options)
        if cells(items) + free <= limit:
            self._cuts.pop(lane, None)
            return items, form
        wanted, cut = cells(items), self._cuts.get(lane)
        before = cut.dropped if cut and cut.holds(messages) else 0
        most = budget.droppable(messages) if options.overflow == "trim" else 0
        # Where the last answer began, this one begins too while it can: its cache is there.
        for dropped in range(max(before, 1), most + 1):
            kept = budget.without_oldest(messages, dropped)
            items, form = self.prompt(kept, options)
            roomy = dropped in (before, most)
            if cells(items) + free <= (limit if roomy else budget.target(limit)):
                if dropped != before:
                    gone = len(messages) - len(kept)
                    text = f"The context of {limit} tokens is full: the {gone} oldest messages "
                    job.say(Notice("trimmed", text + "are left out from now on."))
                self._cuts[lane] = budget.Cut.of(messages, dropped)
                return items, form
        trained = self.model.trained_context
        raise ContextFull(
            f"The prompt takes {wanted if not budget.droppable(messages) else cells(items)} "
            f"tokens and the answer needs {free}, but the context holds {limit}.",
            works="The conversation so far is kept.",
            remedy=f"Shorten it, or raise --context (this model was trained for up to {trained})."
            if cells(items) + free <= trained
            else f"Shorten it; this model was trained for up to {trained} tokens.",
        )

    # -- answering --

    def prefill(self, messages: Sequence[Message], lane: Lane, job: Job) -> Receipt:
        """Evaluate a conversation whose last message may still grow."""
        began = time.perf_counter()
        segments = self.template.render(
            messages, open_ended=True, known=self.tokenizer.spoken.knows
        )
        items = self._items(segments)
        if not items or cells(items) >= self.config.limit(lane):
            return Receipt(finish_reason="stop")
        turn = _Turn(began)
        self._job = job
        try:
            work = self._lane(lane).evaluate(items, self._is_cancelled)
        except Aborted:
            turn.reason, work = "cancelled", Work(prompt_tokens=cells(items))
        finally:
            self._job = None
        return self._receipt(turn, work, items)

    def ending(self, messages: Sequence[Message], lane: Lane, job: Job) -> float | None:
        """As the port says."""
        unclosed = without_close(messages)
        receipt = self.prefill(unclosed, lane, job)
        if not unclosed[-1].text or receipt.finish_reason != "stop" or not receipt.prompt_tokens:
            return None
        return closing_mass(self.context.logits(), self._closers)

    @cached_property
    def _closers(self) -> Sequence[int]:
        return closers(self.model.tokenize, self.model.piece, self.model.ending_tokens)

    def answer(
        self, messages: Sequence[Message], options: Options, lane: Lane, job: Job, grammar: str
    ) -> Receipt:
        """Generate one answer; its events go to ``job``."""
        turn = _Turn(time.perf_counter())
        items, form = self._fitting_prompt(messages, options, lane, job)
        if any(isinstance(item, MediaChunk) for item in items):
            self._faults.at("engine.image", gpu=self._rung.mmproj_on_gpu)
        if isinstance(items[-1], MediaChunk):
            raise InputError("The prompt ends with a picture or sound, so there is no question.")
        target, work = self._lane(lane), Work(prompt_tokens=cells(items))
        room = min(options.max_tokens, self.config.limit(lane) - cells(items))
        sampler = Sampler(self.model, options, grammar, room)
        self._job = job
        try:
            work = target.evaluate(items, self._is_cancelled)
            self.context.check_logits()
            calls = sum(len(message.tool_calls) for message in messages)
            faulty = bool(self._faults)  # a fault strikes behind the words before it
            with Voice(self.model, form, options, job, calls_before=calls, at_once=faulty) as voice:
                self._generate(turn, target, sampler, voice, room)
                # An answer that goes on behind its beginning has no tokens of its own.
                memory = None if options.continuation else self.tokenizer
                if voice.finish(memory) and turn.reason == "stop":
                    turn.reason = "tool_calls"
            if sampler.landed and turn.reason in ("stop", "length"):
                turn.reason = "length"
                job.say(_ENDED_EARLY)
        except Aborted:
            turn.reason = "cancelled"
        finally:
            self._job = None
            sampler.close()
        return self._receipt(turn, work, items)

    def _generate(
        self, turn: _Turn, lane: KvLane, sampler: Sampler, voice: Voice, room: int
    ) -> None:
        context, ends = self.context, self.model.ends
        turn.reason = "length"
        while turn.tokens < room:
            if self._is_cancelled():
                turn.reason = "cancelled"
                break
            token = sampler.pick(context, room - turn.tokens - 1)
            turn.last_token = time.perf_counter()
            turn.first_token = turn.first_token or turn.last_token
            if ends(token):
                turn.reason = "stop"
                break
            turn.tokens += 1
            self._faults.at("engine.decode", token=turn.tokens, gpu=self._rung.on_gpu)
            if voice.hear(token):
                turn.reason = "stop"
                break
            if turn.tokens < room:
                lane.step(token)

    def _lane(self, name: Lane) -> KvLane:
        try:
            return self.lanes[name]
        except KeyError:
            raise UsageError(f"This engine was started without the lane {name}.") from None

    def _receipt(self, turn: _Turn, work: Work, items: Sequence[Item]) -> Receipt:
        decode = turn.last_token - turn.first_token
        media = {item.digest for item in items if isinstance(item, MediaChunk)}
        steps = turn.tokens - 1 if turn.reason != "stop" else turn.tokens
        return Receipt(
            prompt_tokens=work.prompt_tokens,
            cached_tokens=work.cached_tokens,
            media_items=len(media),
            media_encodes=work.media_encodes,
            completion_tokens=turn.tokens,
            encode_ms=work.encode_ms,
            prefill_ms=work.prefill_ms,
            first_token_ms=max(turn.first_token - turn.began, 0.0) * 1000,
            decode_ms=decode * 1000,
            tokens_per_second=steps / decode if decode > 0 and steps > 0 else 0.0,
            finish_reason=turn.reason,
        )
