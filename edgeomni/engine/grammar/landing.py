"""Brings an answer that a grammar holds in shape to its end before its tokens run out.

A small model likes to go on for ever inside a string or a list, and half an object is no answer.
So no token is let through behind which the shortest way to the end would not fit any more: that
way is gone instead. Every answer that was begun is then whole.

And that it is not whole by empty values alone, every free text that must still come has a share of
the tokens: who lingers in a text or a list when only these shares are left is asked to close it.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from edgeomni.engine.grammar.gbnf import check
from edgeomni.engine.grammar.walk import State, Unwalkable, Walk

_LONGEST_PIECE = 24
"""Bytes of the tokens that endings are spelt with; longer ones are not about brackets."""

Spell = Callable[[bytes], list[int] | None]
"""Tokens whose pieces make up these bytes; None where a vocabulary has none."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the text stands: a state, the bytes of a half character, and the way to the end."""

    state: State
    half: bytes
    ending: Callable[[], bytes]
    cost: int
    """Bytes of the ending."""
    share: int = 0
    """Tokens beyond it that what is still to come should have."""


class Landing:
    """One answer on its way. It begins where its grammar begins."""

    def __init__(self, walk: Walk, spell: Spell) -> None:
        self._walk = walk
        self._spell = spell
        self._at = self._place(walk.start)
        self._generous = 1.0

    def begin(self, room: int) -> bool:
        """Deal out so many tokens; False when no answer fits into them."""
        if not self.fits(room):
            return False
        if self._at.share and 2 * self._at.cost + self._at.share > room:
            shortest = len(self.ending())
            self._generous = min(1.0, (room - shortest) / (shortest + self._at.share))
        return True

    def hurry(self, left: int) -> list[int]:
        """The tokens to say now, so that ``left`` and they do for what is still to come.

        Empty while there is enough, and where nothing can be closed.
        """
        place = self._at
        lap = place.state.lap
        if not place.share or not lap or place.half or 2 * place.cost + place.share + lap <= left:
            return []
        shortest = len(self.ending())
        # As much again, for what models put between brackets; the shares; and what is begun here.
        comfortable = shortest + self._generous * (shortest + place.share + lap)
        if comfortable <= left:
            return []
        return self._spell(place.ending().decode()[:1].encode()) or []

    def follow(self, piece: bytes, left: int) -> bool:
        """Go on with a token, unless ``left`` more would not do to end the answer behind it."""
        place = self._behind(piece)
        if place is None or not self._fits(place, left):
            return False
        self._at = place
        return True

    def fits(self, left: int) -> bool:
        """Whether so many tokens end the answer from here."""
        return self._fits(self._at, left)

    def ending(self) -> list[int]:
        """The tokens that end the answer from here; none when it may end, or cannot be spelt."""
        return self._spell(self._at.ending()) or []

    def _fits(self, place: _Place, left: int) -> bool:
        if place.cost <= left:  # no token is shorter than a byte
            return True
        tokens = self._spell(place.ending())
        return tokens is not None and len(tokens) <= left

    def _behind(self, piece: bytes) -> _Place | None:
        data = self._at.half + piece
        try:
            text, whole = codecs.utf_8_decode(data, "strict", False)
        except UnicodeDecodeError:
            return None
        half = data[whole:]
        try:
            state = self._walk.after(self._at.state, text)
            if state is None:
                return None
            return self._half_place(state, half) if half else self._place(state)
        except Unwalkable:  # from here on nobody could tell where it stands: end it while we know
            return None

    def _place(self, state: State) -> _Place:
        def ending() -> bytes:
            return self._walk.ending(state).encode()

        return _Place(state, b"", ending, state.cost, state.share)

    def _half_place(self, state: State, half: bytes) -> _Place | None:
        found = self._walk.completing(state, *_span(half))
        if found is None:
            return None
        code, after = found
        rest = chr(code).encode()[len(half) :]
        cost = len(rest) + after.cost
        return _Place(state, half, lambda: rest + self._walk.ending(after).encode(), cost)


def landing(grammar: str, spell: Spell) -> Landing | None:
    """None for a grammar that cannot be followed: one of tokens, or one of too many ways.

    Raises SchemaError for a grammar that is not valid, or that nothing satisfies.
    """
    try:
        return Landing(Walk(check(grammar)), spell)
    except Unwalkable:
        return None


def speller(pieces: Callable[[], Iterable[tuple[int, bytes]]]) -> Spell:
    """Spells with the tokens of a vocabulary, longest first; asks for them when it first must."""

    @cache
    def known() -> tuple[dict[bytes, int], int]:
        tokens = {piece: token for token, piece in pieces() if 0 < len(piece) <= _LONGEST_PIECE}
        return tokens, max(map(len, tokens), default=0)

    def spell(data: bytes) -> list[int] | None:
        tokens, longest = known()
        said, at = list[int](), 0
        while at < len(data):
            size = next((n for n in range(longest, 0, -1) if data[at : at + n] in tokens), 0)
            if not size:
                return None
            said.append(tokens[data[at : at + size]])
            at += min(size, len(data) - at)
        return said

    return spell


def _span(half: bytes) -> tuple[int, int]:
    """The code points whose UTF-8 begins with these bytes, from and to."""
    lead = half[0]
    length = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    value = lead & (0x7F >> length)
    for byte in half[1:]:
        value = value << 6 | byte & 0x3F
    missing = 6 * (length - len(half))
    lowest = (0x80, 0x800, 0x10000)[length - 2]
    return max(value << missing, lowest), min((value + 1 << missing) - 1, 0x10FFFF)
