"""Whether words that were heard are our own, come back from the loudspeaker. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

_ALIKE = 0.75
"""Share of the heard words that stand, in order, in what was spoken: the rest is misheard."""
_STRETCH = 1.5
"""They stand together: in so many times as many spoken words, or a few small words that are in
every text would do."""
_TOGETHER, _MISHEARD = 3, 2
"""Words in a row that are surely ours, and how many between them may be misheard."""
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


def is_echo(heard: str, spoken: str) -> bool:
    """``spoken`` is what the loudspeaker said last; a person who repeats a part is not heard."""
    words, ours = _words(heard), _words(spoken)
    if not words:
        return False
    width = round(_STRETCH * len(words))
    starts = range(max(1, len(ours) - width + 1))
    return any(_share(words, ours[start : start + width]) >= _ALIKE for start in starts)


def without_echo(heard: str, spoken: str) -> str:
    """What a person said behind our own words, where both were heard in one go."""
    spans = list(_WORD.finditer(heard))
    words = [span.group().casefold() for span in spans]
    matcher = SequenceMatcher(None, words, _words(spoken), autojunk=False)
    until = 0
    for block in matcher.get_matching_blocks():
        if block.size < _TOGETHER or block.a > until + _MISHEARD:
            break
        until = block.a + block.size
    return heard[spans[until - 1].end() :].lstrip(" .,;:!?…") if until else heard


def _share(words: Sequence[str], ours: Sequence[str]) -> float:
    matcher = SequenceMatcher(None, words, ours, autojunk=False)
    if matcher.quick_ratio() * (len(words) + len(ours)) / 2 < _ALIKE * len(words):
        return 0.0
    return sum(block.size for block in matcher.get_matching_blocks()) / len(words)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
