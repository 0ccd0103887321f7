"""Which pictures were only looked at in passing, and can be forgotten. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable

KEPT = 8
"""Pictures of a watch: the last ones may be asked about, or shown beside the next one."""


class Passing:
    """Takes note of the pictures of the lane ``watch``, which never come to an end."""

    def __init__(self) -> None:
        self._recent: OrderedDict[str, None] = OrderedDict()

    def seen(self, digests: Iterable[str], held: Collection[str]) -> list[str]:
        """Those of before that nobody needs any more; ``held`` stand in a conversation."""
        for digest in digests:
            self._recent[digest] = None
            self._recent.move_to_end(digest)
        old = [digest for digest in list(self._recent)[:-KEPT] if digest not in held]
        for digest in old:
            del self._recent[digest]
        return old
