"""Whether words that were heard are our own, come back from the loudspeaker. Pure."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

_ALIKE = 0.75
"""Share of the heard words that stand, in order, in what was spoken: the rest is misheard."""


def is_echo(heard: str, spoken: str) -> bool:
    """``spoken`` is what the loudspeaker said last; a person who repeats all of it is not heard."""
    words, ours = _words(heard), _words(spoken)
    if not words or not ours:
        return False
    matcher = SequenceMatcher(None, words, ours, autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    return same / len(words) >= _ALIKE


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:'[^\W_]+)?", text.casefold())
