"""Whether two captions say the same, and what one names that the other does not. Pure."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from edgeomni.speech.dialogue.called import bare_words

_SMALL = frozenset(
    bare_words(
        "a an the this that these those is are was were be been being there here it its in of "
        "and with at to as has have i can see you picture image photo scene shows shown "
        "showing"
    )
)
"""Words that say nothing of what is seen."""
_PLACES = frozenset(
    bare_words(
        "left right above below behind front over under before after inside outside near far"
    )
)
"""With one of these, the same words in another order say something else."""
_COLOURS = frozenset(
    bare_words("red green blue yellow orange purple pink brown black white gray grey")
)
_TELLING = _COLOURS | frozenset(
    bare_words(
        "no not none nobody nothing one two three four five six seven eight nine ten open "
        "closed off large small"
    )
)
"""Words that alone make a difference."""
_LONG = 12
"""Words of a caption that may be worded otherwise and mean the same."""
_ALIKE = 0.85
"""Share of its words that a long one must have in common with another."""
_NO_THINGS = ("background", "nothing")
_NOTHING = re.compile(
    r"\W*(?:nothing (?:new|important|else|has changed|changed)|no (?:change|new)|unchanged|"
    r"the same as before|(?:the )?(?:scene|picture|image) (?:is|has|looks|remains|stays) "
    r"(?:the same|unchanged|not changed))",
    re.IGNORECASE,
)
_BOUNDARY = re.compile(
    r"(?:,\s*|\s+(?:and|with|left of|right of|above|below|next to|beside|behind|on|in)\s+)",
    re.IGNORECASE,
)


def says_nothing(text: str) -> bool:
    """Whether it is empty, or says that nothing has changed."""
    return not text.strip() or _NOTHING.match(text) is not None


def same(before: str, now: str) -> bool:
    """Whether a caption repeats the one before it, in these or in nearly these words."""
    one, other = _content(before), _content(now)
    different = set(one) ^ set(other)
    if not different:
        return one == other or not _PLACES.intersection(one)
    if different & (_TELLING | _PLACES) or any(word.isdigit() for word in different):
        return False
    long = min(len(one), len(other)) >= _LONG
    return long and SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE


def gone(before: str, now: str) -> list[str]:
    """The things that the caption before named, and the new one does not; in its words.

    Of captions like "A blue square left of a red heart on a white background."
    """
    there = _things(now)
    return [thing for thing in _things(before) if not any(_is(thing, other) for other in there)]


def compared(before: str, now: str) -> str:
    """The new caption, with what is no longer there."""
    lost = gone(before, now)
    return f"{now} No longer: {', '.join(lost)}." if lost else now


def _content(text: str) -> list[str]:
    return [word for word in bare_words(text) if word not in _SMALL]


def _things(caption: str) -> list[str]:
    parts = (part.strip(" .!\n") for part in _BOUNDARY.split(caption))
    named = (part for part in parts if _content(part))
    return [part[0].lower() + part[1:] for part in named if _noun(part) not in _NO_THINGS]


def _is(thing: str, other: str) -> bool:
    """Whether two names may be of the same thing, whatever its size and number."""
    colours = [_COLOURS.intersection(bare_words(name)) for name in (thing, other)]
    return _noun(thing) == _noun(other) and (not all(colours) or colours[0] == colours[1])


def _noun(thing: str) -> str:
    """The last word of it, as in "a large red circle"."""
    return _content(thing)[-1].removesuffix("s")
