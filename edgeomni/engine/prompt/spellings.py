"""How the tokens that scaffolding is made of are spelt, and where a text could forge one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache


class Spellings:
    """A set of spellings to look for in what people and programs say."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = tuple(dict.fromkeys(texts))
        cuts = [(text[:at], text[at:]) for text in self.texts for at in range(1, len(text))]
        self._heads = frozenset(head for head, _ in cuts)
        self._tails = frozenset(tail for _, tail in cuts)
        self._reach = max(map(len, self.texts), default=1)
        self.within = lru_cache(maxsize=4096)(self._within)  # history is asked for at every turn
        """Whether a text contains one."""

    def _within(self, text: str) -> bool:
        return any(each in text for each in self.texts)

    def begun(self, text: str) -> bool:
        """Whether what comes behind the text could complete one."""
        return any(text[-size:] in self._heads for size in range(1, self._reach))

    def continued(self, text: str) -> bool:
        """Whether the text could complete what came before it."""
        return any(text[:size] in self._tails for size in range(1, self._reach))

    def risky(self, text: str) -> bool:
        """Whether the text contains one, or could together with its neighbours."""
        return self.within(text) or self.begun(text) or self.continued(text)
