"""The pictures of a conversation within a budget of tokens: the newest stay, captions stand for
the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from edgeomni.errors import AbilityMissing, ContextFull, EdgeomniError, MediaError
from edgeomni.ports import Cancel, Engine
from edgeomni.values import (
    EngineEvent,
    Finished,
    Image,
    Message,
    Notice,
    Options,
    Receipt,
    TextDelta,
)

SHARE = 0.5
"""Of the context, for pictures: as much must be left for words."""
_KEEP = 0.75
"""Share of the budget that is filled after a cut. A cut costs the KV cache, because captions are
made where the conversation is evaluated; so it makes room for several pictures at once."""
_CAPTION = Options(max_tokens=48, temperature=0.0, thinking=False)
_REQUEST = "Describe this picture in one sentence."


def faded(costs: Sequence[int], before: int, budget: int) -> int:
    """How many of the oldest pictures must be replaced, ``before`` of which already are.

    ``costs`` are tokens, oldest first. The newest picture always stays: it is what is talked about.
    """
    if sum(costs[before:]) <= budget:
        return before
    most = len(costs) - 1
    enough = (gone for gone in range(before, most) if sum(costs[gone:]) <= budget * _KEEP)
    return max(next(enough, most), before)


def pictures(messages: Sequence[Message]) -> list[Image]:
    """In the order in which they were shown; one that was shown twice stands there twice."""
    return [part for message in messages for part in message.parts if isinstance(part, Image)]


def without_oldest(messages: Sequence[Message], captions: Sequence[str]) -> list[Message]:
    """The conversation with its oldest pictures replaced, one for each caption."""
    waiting = list(captions)
    changed = []
    for message in messages:
        parts = [
            _in_words(part, waiting.pop(0)) if isinstance(part, Image) and waiting else part
            for part in message.parts
        ]
        changed.append(replace(message, parts=tuple(parts)))
    return changed


def _in_words(picture: Image, caption: str) -> str:
    name = picture.name or "unnamed"
    return f"[A picture that is no longer shown, {name}: {caption or 'not described'}]\n"


@dataclass
class Album:
    """What one conversation's pictures cost, and which of them are words by now."""

    engine: Engine
    budget: int | None = None
    """Tokens; None is a share of the context."""
    now: Callable[[], float] = time.monotonic
    """Seconds."""
    _captions: dict[str, str] = field(default_factory=dict)
    """By the digest of a picture."""
    _gone: tuple[str, ...] = ()
    """Digests of the oldest pictures, which are replaced, in the order in which they were shown."""
    _tokens: int = 0
    _seconds: float = 0.0
    _unkept: bool = False
    """The user was told that the budget is not kept."""

    def clear(self) -> None:
        self._captions.clear()
        self._gone = ()

    def billed(self, receipt: Receipt) -> Receipt:
        """The receipt of the answer that the captions were made for, with what they cost."""
        return replace(receipt, caption_tokens=self._tokens, caption_ms=self._seconds * 1000)

    def as_shown(self, messages: Sequence[Message]) -> Sequence[Message]:
        """The conversation as it was shown last: what is evaluated ahead must begin like that."""
        shown = pictures(messages)
        gone = shown[: self._replaced(shown)] if len(shown) > 1 else []
        return without_oldest(messages, [self._captions[each.digest] for each in gone])

    def within_budget(
        self, messages: Sequence[Message], cancel: Cancel | None
    ) -> Generator[EngineEvent, None, Sequence[Message]]:
        """The conversation as the engine is to see it; says so when another picture has to go.

        An engine that cannot tell what a picture costs gets all of them; who set a budget is told.
        """
        self._tokens, self._seconds = 0, 0.0
        shown = pictures(messages)
        if len(shown) < 2:  # the newest stays in any case
            return messages
        costs = self._costs(shown)
        if costs is None:
            if self.budget is not None and not self._unkept:
                self._unkept = True
                yield Notice("pictures", _UNKEPT)
            return messages
        before, limit = self._replaced(shown), self._limit()
        gone = faded(costs, before, limit)
        if gone > before:
            fresh = shown[before:gone]
            asked_about = gone > len(shown) - len(pictures(messages[-1:]))
            if asked_about:
                self._check_room(gone, len(shown), limit)
            yield _notice(fresh, sum(costs[before:]), limit, asked_about=asked_about)
            began = self.now()
            for picture in fresh:
                if picture.digest in self._captions:
                    continue
                caption = self._caption(picture, cancel)
                if cancel is not None and cancel.asked:
                    return messages  # nothing is answered any more
                self._captions[picture.digest] = caption
            self._gone = tuple(each.digest for each in shown[:gone])
            self._seconds = self.now() - began
        return without_oldest(messages, [self._captions[each.digest] for each in shown[:gone]])

    def _check_room(self, gone: int, shown: int, limit: int) -> None:
        """Raises ContextFull before minutes of captions for a question that cannot be asked."""
        context = self.engine.abilities().context
        if context and gone * (_CAPTION.max_tokens or 0) > context - limit:
            raise ContextFull(
                f"Of these {shown} pictures {gone} do not fit, nor would a caption of each: "
                f"pictures may take {limit} tokens of the {context} of the context.",
                works="Nothing was looked at yet.",
                remedy="Show fewer pages with --pages, ask about each file with --each, look less "
                "closely with --detail low, or give more room with --context.",
            )

    def _replaced(self, shown: Sequence[Image]) -> int:
        """How many of the oldest are; never the newest, nor one that is shown once more."""
        pairs = zip(shown[:-1], self._gone, strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0].digest == pair[1], pairs))

    def _costs(self, shown: Sequence[Image]) -> list[int] | None:
        """None when nobody can tell; what is wrong with a picture, its encoder says better."""
        try:
            return self.engine.media_tokens([(each.width, each.height) for each in shown])
        except (AbilityMissing, MediaError):
            return None

    def _limit(self) -> int:
        if self.budget is not None:
            return self.budget
        return int(self.engine.abilities().context * SHARE)

    def _caption(self, picture: Image, cancel: Cancel | None) -> str:
        """In the model's words; without any when it fails, which must not cost the answer."""
        said: list[str] = []
        try:
            asked = [Message("user", (picture, _REQUEST))]
            for event in self.engine.stream(asked, _CAPTION, cancel=cancel):
                if isinstance(event, TextDelta):
                    said.append(event.text)
                elif isinstance(event, Finished):
                    self._tokens += event.receipt.completion_tokens
        except EdgeomniError:
            return ""
        return " ".join("".join(said).split())


_UNKEPT = (
    "Nobody can tell what a picture costs here: the budget for pictures is not kept, and all of "
    "them are sent."
)
_CLOSER = (
    " Some of them belong to this very question. To have all of them looked at, ask with "
    "--detail low, show fewer pages, or give more room with --context or --picture-tokens."
)


_NAMED = 6
"""Pictures that a notice lists."""


def _notice(fresh: Sequence[Image], cost: int, budget: int, *, asked_about: bool) -> Notice:
    names = ", ".join(picture.name or "unnamed" for picture in fresh[:_NAMED])
    names += " and others" if len(fresh) > _NAMED else ""
    count = "1 older picture" if len(fresh) == 1 else f"{len(fresh)} older pictures"
    return Notice(
        "pictures",
        f"The pictures would take {cost} tokens of the {budget} that pictures may take: "
        f"from now on a caption stands for {count} ({names})." + (_CLOSER if asked_about else ""),
    )
