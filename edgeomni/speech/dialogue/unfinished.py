"""Whether words sound as if more were to come: what the ear alone cannot tell. Pure.

Words are judged in English only. Whisper ends nearly everything with a full stop, so that one says
little, and a missing one much.
"""

from __future__ import annotations

import re

from edgeomni.speech.dialogue.evidence import Words

_OPEN_ENDS = frozenset(
    (
        *("a", "an", "the", "this", "these", "those", "my", "your", "his", "her", "its", "our"),
        *("their", "some", "any", "every", "each", "no", "another", "such", "very", "too", "so"),
        *("and", "or", "but", "nor", "because", "although", "though", "if", "unless", "until"),
        *("while", "when", "whenever", "where", "whereas", "since", "that", "which", "who"),
        *("whose", "than", "as", "whether", "of", "to", "in", "on", "at", "by", "for", "from"),
        *("with", "without", "about", "into", "onto", "between", "among", "through", "during"),
        *("under", "near", "behind", "beside", "towards", "toward", "per", "via", "against"),
        *("is", "are", "was", "were", "am", "be", "been", "being", "has", "have", "had", "will"),
        *("would", "could", "should", "can", "may", "might", "must", "shall", "does", "did"),
        *("i", "we", "they", "he", "she", "i'm", "it's", "we're", "they're", "i'd", "i'll"),
        *("like", "well", "maybe", "also", "just", "please"),
        *("mr", "mrs", "dr", "let", "let's", "gonna", "wanna", "want", "need", "tell", "called"),
    )
)
"""Words that seldom end what somebody says."""
_HESITATIONS = frozenset(("um", "umm", "uh", "uhm", "er", "erm", "hmm"))
_ENDS_ANYWAY = (
    r"(?:is|are|was|were|am) (?:it|they|he|she|we|i)$",
    r"(?:yes|no|so|too|that|this|please|also|maybe|well)$",
    r"(?:i|we|they|he|she|you) (?:am|are|is|was|were|do|did|can|could|will|would|should|have|had)$",
    r"(?:what|who|where|how|which|when|why)\b.*"
    r"\b(?:is|are|was|were|in|on|at|of|for|from|with|about|to|like|called|by|want|need|have)$",
    r"^(?:(?:since|until|from|by|to) )?(?:when|where|who|whom|which)$",
    r"\b(?:turn|switch|log|come|go|get|move|carry|hold|hang|put|take|shut|sign|wake|stand|sit)\b"
    r".*\b(?:on|in|by|to|about|through)$",
    r"^(?:do|does|did|can|could|will|would|should|is|are|was|were|have|has)\b.*\b(?:want|need|have)$",
)
"""Endings with such a word that are whole all the same: "what is it for", "turn it on"."""
_OPENERS = re.compile(
    r"^(?:if|when|whenever|while|although|though|unless|until|since|after|before|once)\b"
)
_INVERTED = re.compile(
    r"^\w+ (?:do|does|did|is|are|was|were|am|will|would|can|could|shall|should|may|might|has|have"
    r"|had)\b"
)
"""Behind "when" that is a question, and "when I was in Berlin?" is none."""
_SHORT = 4
"""Words of a question that needs no verb: "since when?", "if not, why?"."""
_VERBS = re.compile(
    r"\b(?:is|are|was|were|am|be|has|have|had|do|does|did|will|would|can|could|should|may|might|must"
    r"|\w+'(?:s|re|ll|d|ve|m)|let|please)\b"
)
_MORE = re.compile(
    r"(?:\.\.\.|\N{HORIZONTAL ELLIPSIS}|[^.!?\u3002\uff01\uff1f])[\"')\u201d\u2019]*$"
)


_ASKS = ("?", "\uff1f", "\u061f")
_PREPOSED = frozenset(
    (
        *("a", "an", "the", "my", "your", "his", "her", "its", "our", "their", "this", "these"),
        *("those", "some", "any", "every", "on", "in", "at", "to", "for", "from", "with", "about"),
    )
)
"""What begins so and has two words is a part of a sentence: "on Monday", "my brother"."""


def shape_of(text: str, *, english: bool = True) -> Words:
    """What a transcript tells of the end of its turn."""
    said = text.strip()
    last = said.casefold().rstrip(" .,!?\u2026").rpartition(" ")[2]
    # Behind half a clause a question mark is the recogniser's guess.
    asks = said.endswith(_ASKS) and not (english and _reads_unfinished(said))
    return Words(
        looks_unfinished(said, english=english),
        asks=asks,
        hesitates=english and last in _HESITATIONS,
    )


def looks_unfinished(text: str, *, english: bool = True) -> bool:
    """More is likely to come behind this. False for what nothing is known of."""
    said = text.strip()
    if not said:
        return False
    # In the middle of a sentence Whisper begins small.
    if _MORE.search(said) or said[0].islower():
        return True
    return english and _reads_unfinished(said)


def _reads_unfinished(said: str) -> bool:
    words = re.findall(r"[a-z]+(?:'[a-z]+)?", said.casefold())
    if not words:
        return False
    plain = " ".join(words)
    if len(words) <= 2 and words[0] in _PREPOSED and not said.endswith("?"):
        return True
    if words[-1] in _HESITATIONS:
        return True
    if words[-1] in _OPEN_ENDS and not any(re.search(end, plain) for end in _ENDS_ANYWAY):
        return True
    return _is_half(plain, said)


def _is_half(plain: str, said: str) -> bool:
    """A clause that begins like "if it rains" and has no second one."""
    words = plain.split()
    asks = said.endswith("?") and (_INVERTED.match(plain) or len(words) <= _SHORT)
    if not _OPENERS.match(plain) or asks:
        return False
    _, comma, tail = said.partition(",")
    if comma and len(tail.split()) >= 2:
        return False
    return len(_VERBS.findall(plain)) < 2 and len(words) < 9
