"""One look: what the model is asked about a frame, in the lane ``watch``, and what it answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from edgeomni.engine.config import WATCH_CONTEXT
from edgeomni.errors import IncompleteAnswer
from edgeomni.loops.watch import condition, telling
from edgeomni.loops.watch.condition import Presence
from edgeomni.loops.watch.pace import Cost
from edgeomni.loops.watch.plan import WatchPlan
from edgeomni.loops.watch.room import Room
from edgeomni.loops.watch.told import Caption, Match
from edgeomni.ports import Cancel, Engine
from edgeomni.values import EngineEvent, Finished, Image, Message, Options, Receipt, TextDelta
from edgeomni.vision.size import Size
from edgeomni.watch_events import Look

_ROOM_FOR_WORDS = 512
"""Tokens of the lane that two pictures must leave."""


class Interrupted(Exception):
    """Somebody asked the look to end."""


@dataclass
class Describer:
    """Keeps what one look needs of those before: the last caption and its picture."""

    engine: Engine
    room: Room
    plan: WatchPlan
    usual: Options
    words: Callable[[EngineEvent], None]
    """Told how a caption grows."""
    clock: Callable[[], float] = time.monotonic
    """Seconds."""
    before: telling.Before | None = None
    _presence: dict[str, Presence] = field(default_factory=dict)

    def look(
        self, look: Look, image: Image, came: float, cancel: Cancel
    ) -> Iterator[Caption | Match | Cost]:
        """What comes of it, the matches first; what it cost last.

        ``image`` is what of the look is shown, ``came`` when it was there, by ``clock``. Raises
        EdgeomniError, Interrupted.
        """
        began, receipts = self.clock(), list[Receipt]()
        for wanted in self.plan.conditions:
            match, receipt = self._match(wanted, look, image, cancel)
            receipts.append(receipt)
            if match is not None:
                yield match
        if self.plan.captions:
            caption = self._caption(look, image, came, cancel)
            receipts.append(caption.receipt)
            yield caption
        yield Cost(self.clock() - began, tuple(receipts), self.tokens((image.width, image.height)))

    def tokens(self, size: Size) -> int:
        """The room of a picture of this size; 0 where nobody knows."""
        found = self.room([size])
        return found[0] if found else 0

    def calibrate(self, image: Image, cancel: Cancel) -> Cost:
        """A few words about a picture that shows nothing. Raises EdgeomniError, Interrupted."""
        began = self.clock()
        options = Options(max_tokens=8, temperature=0.0, thinking=False)
        asked = (Message("user", (image, self.plan.telling.request)),)
        _, receipt = self._answer(asked, options, cancel)
        size = (image.width, image.height)
        return Cost(self.clock() - began, (receipt,), self.tokens(size))

    def _match(
        self, wanted: str, look: Look, image: Image, cancel: Cancel
    ) -> tuple[Match | None, Receipt]:
        plain = self.plan.telling.plain
        messages = condition.ask(wanted, image, plain=plain)
        answer, receipt = self._answer(messages, condition.options(self.usual, plain=plain), cancel)
        found = condition.verdict(answer, plain=plain)
        known = self._presence.get(wanted, Presence())
        self._presence[wanted], appeared = known.seen(look.at, there=found.present)
        if not appeared:
            return None, receipt
        return Match(look.at, wanted, found.evidence, look.score, image, receipt), receipt

    def _caption(self, look: Look, image: Image, came: float, cancel: Cancel) -> Caption:
        way, before = self.plan.telling, self.before
        anew = None if look.why == "first" else before
        asked = telling.ask(way, image, anew, pair=self._pair(image, anew))
        answer, receipt = self._answer(asked.messages, way.options(self.usual), cancel, self.words)
        try:
            told = telling.told(way, asked, image, answer, before)
        except ValueError:
            raise IncompleteAnswer(
                "What was seen does not have the shape that was asked for.",
                works="The next look is asked anew.",
                remedy="Ask for fewer or shorter fields.",
            ) from None
        self.before = told.before
        return Caption(
            at=look.at,
            why=look.why,
            text=told.text,
            whole=asked.whole and not (way.plain and anew is not None),
            score=look.score,
            since=look.since,
            image=image,
            took=self.clock() - came,
            receipt=receipt,
            fields=told.fields,
        )

    def _answer(
        self,
        messages: tuple[Message, ...],
        options: Options,
        cancel: Cancel,
        tell: Callable[[EngineEvent], None] = lambda event: None,
    ) -> tuple[str, Receipt]:
        said, receipt = "", Receipt(finish_reason="cancelled")
        events = self.engine.stream(messages, options, lane="watch", cancel=cancel)
        with closing(_generated(events)) as running:
            for event in running:
                if isinstance(event, TextDelta):
                    said += event.text
                elif isinstance(event, Finished):
                    receipt = event.receipt
                tell(event)
        if receipt.finish_reason == "cancelled":
            raise Interrupted
        return said, receipt

    def _pair(self, image: Image, before: telling.Before | None) -> bool:
        """Whether the picture before fits beside this one."""
        if before is None or self.plan.telling.plain:
            return False
        room = self.room([(each.width, each.height) for each in (before.image, image)])
        return room is not None and sum(room) + _ROOM_FOR_WORDS <= WATCH_CONTEXT


def _generated(events: Iterator[EngineEvent]) -> Generator[EngineEvent, None, None]:
    """Closing it closes what it comes from."""
    yield from events
