"""Which pages somebody means by ``1-3,7,10-``: pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from edgeomni.errors import UsageError

_PIECE = re.compile(r"\s*(\d{1,9})?\s*(-)?\s*(\d{1,9})?\s*", re.ASCII)
_REMEDY = "Write pages like 1-3,7,10- ; they count from 1."


def chosen_pages(wanted: str, count: int, name: str) -> Iterator[int]:
    """Page numbers from 1 in the order they were asked for, each once; all for an empty text.

    A range may reach beyond the end, but must begin before it. ``count`` may be as large as a file
    claims: nothing is made of that size. Raises UsageError, before the first page.
    """
    pieces = wanted.split(",") if wanted.strip() else ["1-"]
    return _each_once([_piece(piece, count, name) for piece in pieces])


def _each_once(ranges: list[range]) -> Iterator[int]:
    for index, pages in enumerate(ranges):
        earlier = ranges[:index]
        yield from (page for page in pages if not any(page in other for other in earlier))


def _piece(text: str, count: int, name: str) -> range:
    found = _PIECE.fullmatch(text)
    if not found or not (found[1] or found[3]) or (found[3] and not found[2]):
        raise UsageError(f"'{text.strip()}' is not a range of pages.", remedy=_REMEDY)
    first = int(found[1] or 1)
    last = int(found[3] or (count if found[2] else first))
    if first < 1 or (found[3] and last < first):
        raise UsageError(f"'{text.strip()}' is not a range of pages.", remedy=_REMEDY)
    if first > count:
        pages = "1 page" if count == 1 else f"{count} pages"
        raise UsageError(f"There is no page {first}: {name} has {pages}.", remedy=_REMEDY)
    return range(first, min(last, count) + 1)
