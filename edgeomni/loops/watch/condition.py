"""What is waited for: how a picture is asked about it, and when it has appeared. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from edgeomni.speech.dialogue.called import bare_words
from edgeomni.values import Image, Message, Options

DOUBT = 3.0
"""Seconds for which something may be missed before it is gone, where only one look missed it."""
_TOKENS = 64
_PLAIN_TOKENS = 24
_YES_OR_NO = 'root ::= ("Yes" | "No") [^\\n]*'
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "evidence": {"type": "string", "maxLength": 160},
        "answer": {"type": "string", "enum": ["yes", "no"]},
    },
    "required": ["evidence", "answer"],
    "additionalProperties": False,
}
"""The evidence first: an answer that is given before one has looked is guessed."""
_QUESTION = (
    "Does this picture show the following? {condition}\n"
    "As evidence, say in a few words what the picture shows of it; then answer yes or no. "
    "Answer yes only if it can be seen."
)
_NUMBERS = bare_words("two three four five six seven eight nine ten several many some any")
_SENTENCE = re.compile(
    r"(?:is|are|was|has|have|does|do|can|did)\b|.*\?\s*$", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Verdict:
    present: bool
    evidence: str
    """In the model's words; empty where it gave none."""


def question(condition: str, *, plain: bool) -> str:
    """``condition`` is a thing, a statement or a question in the user's words."""
    wanted = condition.strip()
    if not plain:
        return _QUESTION.format(condition=wanted)
    if _SENTENCE.match(wanted):
        return wanted if wanted.endswith("?") else f"{wanted}?"
    # Of drawn scenes nano answers 196 of 200 like this, and 193 of 200 with "Is there".
    many = wanted.split()[:1] and wanted.split()[0].casefold() in _NUMBERS
    return f"{'Are' if many else 'Is'} {wanted.rstrip('.!')} in the picture?"


def ask(condition: str, image: Image, *, plain: bool) -> tuple[Message, ...]:
    """The picture first: the questions that follow about it find it in the cache."""
    return (Message("user", (image, question(condition, plain=plain))),)


def options(usual: Options, *, plain: bool) -> Options:
    if plain:
        return Options(
            max_tokens=_PLAIN_TOKENS,
            temperature=0.0,
            repeat_penalty=usual.repeat_penalty,
            grammar=_YES_OR_NO,
            thinking=False,
        )
    return Options(max_tokens=_TOKENS * 2, temperature=0.0, schema=_SCHEMA, thinking=False)


def verdict(answer: str, *, plain: bool) -> Verdict:
    """What came of it; no where it cannot be told."""
    if plain:
        return Verdict(answer.strip().casefold().startswith("yes"), " ".join(answer.split()))
    try:
        found = json.loads(answer)
        return Verdict(found["answer"] == "yes", " ".join(found["evidence"].split()))
    except (ValueError, KeyError, TypeError, AttributeError):  # cut short: a server has no grammar
        return Verdict(False, "")


State = Literal["absent", "present", "doubtful"]


@dataclass(frozen=True, slots=True)
class Presence:
    """What is known of one condition. One look that misses it does not make it gone.

    It is gone when a second look misses it too, or when nothing is seen of it for ``DOUBT``
    seconds: looks come when something changes, so that there may be one alone.
    """

    state: State = "absent"
    missed: float = 0.0
    """When it was missed first, of what is doubtful."""

    def seen(self, at: float, *, there: bool) -> tuple[Presence, bool]:
        """What follows from a look at seconds ``at``, and whether it has just appeared."""
        state = self.state
        if state == "doubtful" and at - self.missed >= DOUBT:
            state = "absent"
        if there:
            return replace(self, state="present"), state == "absent"
        if state == "present":
            return Presence("doubtful", at), False
        if state == "doubtful" and at <= self.missed:  # the same look once more
            return self, False
        return Presence("absent"), False
