"""From template segments to prompt items, so that nobody's words can pass for scaffolding.

llama.cpp's tokenizer first cuts a text at control tokens and then tokenises the pieces between
them. We make the first cut ourselves, in scaffolding only, and give it the pieces with "parse
special" off: the tokens are the same as for the whole text, and a control token that a user typed
stays plain text.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Protocol

from edgeomni.engine.llama import Special
from edgeomni.engine.media import Piece
from edgeomni.engine.prefix import Item
from edgeomni.engine.prompt.spellings import Spellings
from edgeomni.engine.prompt.template import Answer, Segment, Slot, Text
from edgeomni.values import Media


class Vocabulary(Protocol):
    """The part of a model that tokenising needs."""

    @property
    def bos(self) -> int | None: ...

    @property
    def specials(self) -> tuple[Special, ...]: ...

    def tokenize(self, text: str) -> tuple[int, ...]: ...


class Spoken:
    """The tokens that the model really sampled for its latest answers.

    Tokenising an answer's text anew may cut it differently, and the KV cache would be lost from
    there on.
    """

    def __init__(self, capacity: int = 256) -> None:
        self._tokens: OrderedDict[str, tuple[int, ...]] = OrderedDict()
        self._capacity = capacity

    def remember(self, text: str, tokens: Sequence[int]) -> None:
        self._tokens[text] = tuple(tokens)
        if len(self._tokens) > self._capacity:
            self._tokens.popitem(last=False)

    def knows(self, text: str) -> bool:
        return text in self._tokens

    def recall(self, text: str) -> tuple[int, ...]:
        return self._tokens[text]

    def items(self) -> list[tuple[str, tuple[int, ...]]]:
        return list(self._tokens.items())


@dataclass
class Tokenizer:
    """Turns segments into items for one model."""

    vocabulary: Vocabulary
    template_source: str
    spoken: Spoken = field(default_factory=Spoken)

    @cached_property
    def _matched_anyway(self) -> Spellings:
        """User-defined tokens are matched even in plain text. Most are harmless (a run of spaces),
        but some templates are built of them."""
        return Spellings(
            each.text
            for each in self.vocabulary.specials
            if not each.control and len(each.text.strip()) > 2 and each.text in self.template_source
        )

    @cached_property
    def spellings(self) -> Spellings:
        """Of all tokens that scaffolding could be made of."""
        control = (each.text for each in self.vocabulary.specials if each.control)
        return Spellings((*control, *self._matched_anyway.texts))

    def remember(self, text: str, tokens: Sequence[int]) -> None:
        """Keep an answer's tokens, unless some are scaffolding: that must not come back unseen."""
        if not self._scaffolding.intersection(tokens):
            self.spoken.remember(text, tokens)

    @cached_property
    def _scaffolding(self) -> frozenset[int]:
        spelt = frozenset(self.spellings.texts)
        return frozenset(each.id for each in self.vocabulary.specials if each.text in spelt)

    def items(
        self, segments: Iterable[Segment], pieces: Callable[[Media], Sequence[Piece]]
    ) -> list[Item]:
        """Raises what ``pieces`` raises for media that cannot be used."""
        run = _Run(self.vocabulary)
        for segment in segments:
            match segment:
                case Text(text, trusted=True):
                    self._scaffold(run, text)
                case Text(text):
                    self._content(run, text)
                case Answer(text):
                    run.add_items(self.spoken.recall(text))
                case Slot(media):
                    for piece in pieces(media):
                        run.add_items(piece if isinstance(piece, tuple) else (piece,))
        return self._with_bos(run.finish())

    def _with_bos(self, items: list[Item]) -> list[Item]:
        bos = self.vocabulary.bos
        if bos is None or (items and items[0] == bos):
            return items
        return [bos, *items]

    def _scaffold(self, run: _Run, text: str) -> None:
        for fragment in self._fragments(text):
            if isinstance(fragment, str):
                run.add_text(fragment)
            else:
                run.add_items((fragment,))

    @cached_property
    def _fragments(self) -> Callable[[str], tuple[str | int, ...]]:
        return lru_cache(maxsize=1024)(self._fragments_now)

    def _fragments_now(self, text: str) -> tuple[str | int, ...]:
        fragments: list[str | int] = [text]
        for special in self.vocabulary.specials:
            if special.control and special.text in text:
                fragments = [part for each in fragments for part in split(each, special)]
        return tuple(fragments)

    def _content(self, run: _Run, text: str) -> None:
        """Break what would be matched even in plain text, by a cut inside of it."""
        if self._matched_anyway.continued(text):
            run.flush()
        start = 0
        while (cut := self._next_forgery(text, start)) is not None:
            run.add_text(text[start:cut])
            run.flush()
            start = cut
        run.add_text(text[start:])
        if self._matched_anyway.begun(text):
            run.flush()

    def _next_forgery(self, text: str, start: int) -> int | None:
        places = (text.find(each, start) for each in self._matched_anyway.texts)
        return min((at + 1 for at in places if at >= 0), default=None)


def split(fragment: str | int, special: Special) -> list[str | int]:
    """Cut one fragment at every occurrence of one special token."""
    if isinstance(fragment, int) or special.text not in fragment:
        return [fragment]
    texts = fragment.split(special.text)
    result: list[str | int] = []
    for index, text in enumerate(texts):
        if special.strips_right and index > 0:
            text = text.lstrip()
        if special.strips_left and index < len(texts) - 1:
            text = text.rstrip()
        if text:
            result.append(text)
        if index < len(texts) - 1:
            result.append(special.id)
    return result


class _Run:
    """Gathers text between special tokens, so that it is tokenised in one piece."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._pending: list[str] = []
        self._items: list[Item] = []

    def add_text(self, text: str) -> None:
        self._pending.append(text)

    def add_items(self, items: Sequence[Item]) -> None:
        self.flush()
        self._items.extend(items)

    def flush(self) -> None:
        if text := "".join(self._pending):
            self._items.extend(self._vocabulary.tokenize(text))
        self._pending.clear()

    def finish(self) -> list[Item]:
        self.flush()
        return self._items
