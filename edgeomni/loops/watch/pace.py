"""What a look will take on this machine, and how closely it looks so that it keeps up. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from edgeomni.loops.watch.told import Pace
from edgeomni.values import Fit, Receipt
from edgeomni.vision.size import Size, fitted

SIDES = (1536, 1024, 768, 512, 384, 256)
"""Pixels of the longer side between which is chosen."""
_FADE = 0.7
"""What a look counts beside the one after it: a machine may become busy, or free."""
_ROOM = 0.8
"""Share of the limit below which it looks more closely again: not back and forth."""
_AGAIN = 0.5
"""Share of a question's text that another one about the same picture has of its own."""
_WAITED = 2
"""Looks that pass at most from a change to its words: the running one, and its own."""
Tokens = Callable[[Sequence[Size]], list[int] | None]
"""The room of pictures of these sizes, as ``Engine.media_tokens`` says it."""


@dataclass(slots=True)
class Rate:
    """Milliseconds for each of something, of which the newest count most."""

    _spent: float = 0.0
    _count: float = 0.0

    def note(self, spent: float, count: float) -> None:
        if count > 0:
            self._spent = self._spent * _FADE + spent
            self._count = self._count * _FADE + count

    @property
    def each(self) -> float:
        return self._spent / self._count if self._count else 0.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What one look took, with all that was asked about it."""

    seconds: float
    """From its beginning to its last word."""
    receipts: tuple[Receipt, ...]
    picture: int = 0
    """Tokens of the picture; 0 where that is not known."""


@dataclass(slots=True)
class Costs:
    """A fixed time, one for each token of a picture, and one for each token of an answer."""

    words: float
    """Tokens of all answers of a look, until they are known."""
    asks: int = 1
    """Questions about a picture."""
    known: bool = False
    _encode: Rate = field(default_factory=Rate)
    _read: Rate = field(default_factory=Rate)
    _write: Rate = field(default_factory=Rate)
    _text: Rate = field(default_factory=Rate)
    _said: Rate = field(default_factory=Rate)
    _rest: Rate = field(default_factory=Rate)

    def note(self, cost: Cost, *, usual: bool = True) -> None:
        """``usual`` unless its words say nothing of how long those of other looks are."""
        receipts = cost.receipts
        encoded = sum(receipt.encode_ms for receipt in receipts)
        prefilled = sum(receipt.prefill_ms for receipt in receipts)
        written = sum(receipt.decode_ms for receipt in receipts)
        read = sum(receipt.prompt_tokens - receipt.cached_tokens for receipt in receipts)
        said = sum(receipt.completion_tokens for receipt in receipts)
        if any(receipt.media_encodes for receipt in receipts):
            self._encode.note(encoded, cost.picture or 1)
        self._read.note(prefilled, read)
        self._write.note(written, max(said - len(receipts), 1))
        self._text.note(max(read - cost.picture, 0), 1)
        loading = sum(receipt.load_ms for receipt in receipts)
        counted = encoded + prefilled + written + loading
        self._rest.note(max(cost.seconds * 1000 - counted, 0.0), 1)
        if usual:
            self._said.note(said, 1)
        self.known = True

    def predicted(self, picture: int) -> float:
        """Seconds for a look at a picture of so many tokens."""
        said, text = self._said.each, self._text.each
        if not said:  # measured by one question
            said, text = self.words, text * (1 + _AGAIN * (self.asks - 1))
        reading = (picture + text) * self._read.each
        looking = (picture or 1) * self._encode.each
        return (self._rest.each + looking + reading + said * self._write.each) / 1000


class Pacer:
    """Chooses anew after each look."""

    def __init__(self, limit: float | None, every: float, costs: Costs) -> None:
        """``limit`` is how many seconds there may be from a change to its words."""
        self.costs = costs
        self._limit = limit
        self._every = every
        self._pace: Pace | None = None

    def chosen(self, size: Size, tokens: Tokens) -> tuple[Pace, bool]:
        """For frames of that size in pixels, and whether it is another pace than before."""
        sides = [0] if self._limit is None else [0, *(s for s in SIDES if s < max(size))]
        counted = tokens([fitted(size, Fit(side)) for side in sides]) or [0] * len(sides)
        looks = [self.costs.predicted(count) for count in counted]
        index = self._affordable(sides, looks)
        look = looks[index]
        pace = Pace(round(look, 3), round(max(self._every, look), 3), sides[index])
        new = self._pace is None or _differs(pace, self._pace)
        if new:
            self._pace = pace
        return pace, new

    def _affordable(self, sides: Sequence[int], looks: Sequence[float]) -> int:
        """The closest look within the limit; where there is none, the quickest."""
        if self._limit is None or not self.costs.known:
            return 0
        now = sides.index(self._pace.side) if self._pace and self._pace.side in sides else 0
        for index, look in enumerate(looks):
            limit = self._limit * (_ROOM if index < now else 1.0)
            if look * _WAITED <= limit:
                return index
        return min(range(len(looks)), key=looks.__getitem__)


_NEWS = 0.1
"""By how much of itself the time of a look must differ to be told again."""


def _differs(one: Pace, other: Pace) -> bool:
    near = abs(one.look - other.look) <= _NEWS * max(one.look, other.look)
    return one.side != other.side or not near
