"""Whether words that were heard are our own, come back from the loudspeaker. Pure.

Whole words are compared, and letters: of an echo Whisper makes "at Mere Young Chef" where "it met a
young shepherd" was spoken. Of our own words 55 % and more of the letters stand together in what was
spoken, of a person's 50 % at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from edgeomni.speech.dialogue.called import WORD, bare_words

_ALIKE = 0.75
"""Share of the heard words that stand, in order, in what was spoken: the rest is misheard."""
_ALIKE_LETTERS = 0.7
_STRANGE_LETTERS = 0.5
"""Share of the letters up to which words are surely not ours."""
_STRETCH = 1.5
"""They stand together: in so many times as many spoken words or letters, or a few small words that
are in every text would do."""
_STEP = 2
"""Letters from one stretch to the next."""
_TELLING = 6
"""Letters of which something can be said: less may be anything."""
_TOGETHER, _MISHEARD = 3, 2
"""Words in a row that are surely ours, and how many between them may be misheard."""


def is_echo(heard: str, spoken: str) -> bool:
    """``spoken`` is what the loudspeaker said last; a person who repeats a part is not heard."""
    words, ours = bare_words(heard), bare_words(spoken)
    if not words:
        return False
    if _known(words, ours, 1, 1) >= _ALIKE * len(words):
        return True
    return _known_letters(words, ours) >= _ALIKE_LETTERS


def is_stranger(heard: str, spoken: str) -> bool:
    """Whether a sketch of what is being said over ``spoken`` is surely somebody else's.

    Its last word is cut off.
    """
    words = bare_words(heard)[:-1]
    if sum(map(len, words)) < _TELLING:
        return False
    return _known_letters(words, bare_words(spoken)) <= _STRANGE_LETTERS


def without_echo(heard: str, spoken: str) -> str:
    """What a person said behind our own words, where both were heard in one go."""
    spans = list(WORD.finditer(heard))
    words = [span.group().casefold() for span in spans]
    matcher = SequenceMatcher(None, words, bare_words(spoken), autojunk=False)
    until = 0
    for block in matcher.get_matching_blocks():
        if block.size < _TOGETHER or block.a > until + _MISHEARD:
            break
        until = block.a + block.size
    return heard[spans[until - 1].end() :].lstrip(" .,;:!?…") if until else heard


def _known_letters(words: Sequence[str], ours: Sequence[str]) -> float:
    """The share of the letters that stand, in order, in one stretch of ours, at least in pairs."""
    heard = "".join(words)
    return _known(heard, "".join(ours), _STEP, 2) / len(heard)


def _known(heard: Sequence[str], ours: Sequence[str], step: int, least: int) -> int:
    """How much of it stands, in order, in one stretch of ours, ``least`` in a row."""
    width = round(_STRETCH * len(heard))
    starts = range(0, max(1, len(ours) - width + step), step)
    return max(_alike(heard, ours[start : start + width], least) for start in starts)


def _alike(heard: Sequence[str], ours: Sequence[str], least: int) -> int:
    matcher = SequenceMatcher(None, heard, ours, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks() if block.size >= least)
