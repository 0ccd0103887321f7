"""In which words a look is asked for, and what of the answer is worth telling. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from edgeomni.loops.watch.likeness import compared, same, says_nothing
from edgeomni.values import Image, Message, Options

Preset = Literal["describe", "read", "people", "safety", "accessibility"]
PRESETS: tuple[Preset, ...] = get_args(Preset)

_REQUESTS: Mapping[str, str] = {
    "describe": "Describe what you see in one or two short sentences.",
    "read": "Write down the text that can be read here, and nothing else. "
    "If there is none, answer: No text.",
    "people": "Say in one short sentence which people and animals are there, where they are and "
    "what they do. If there are none, answer: Nobody.",
    "safety": "Is there anything dangerous here: fire, smoke, water on the floor, something that "
    "broke, somebody who fell? Say in one short sentence what and where. If there is nothing, "
    "answer: Nothing dangerous.",
    "accessibility": "Describe this to somebody who cannot see, in two short sentences at most: "
    "what is in front, left and right, near and far; people, signs and what is in the way.",
}
_PLAIN: Mapping[str, str] = {
    "describe": "What is in the picture?",
    "read": "What does the text say?",
    "people": "Which people and animals are in the picture?",
    "safety": "What is dangerous in the picture?",
    "accessibility": "What is in the picture?",
}
_TWO = "The first picture is from before; the second one is from now. "
_BEFORE = 'Before, this was said of the scene: "{caption}" '
_CHANGED = (
    "Say in one short sentence what is different now: what came, went, moved or does something "
    "else. If nothing important is different, answer: Nothing new."
)
_ASKED_BEFORE = 'This was asked for: "{request}" Answer it for now, but only with what is new. '
_LONGEST = 300
"""Letters of each caption before that are repeated to the model."""
_WORDS = 96
_PLAIN_WORDS = 32
_REFRESH = 20
"""Looks after which everything is described once more: what was missed is made up for."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What is to be told of a picture."""

    preset: Preset = "describe"
    prompt: str = ""
    """A request in the user's own words, instead of the preset."""
    schema: Mapping[str, Any] | None = None
    """JSON schema that is filled instead of a sentence."""
    plain: bool = False
    """For a model that answers short questions about one picture, and follows no more."""

    @property
    def request(self) -> str:
        return self.prompt or (_PLAIN if self.plain else _REQUESTS)[self.preset]

    def options(self, usual: Options) -> Options:
        """How a look is answered: the same picture always in the same words."""
        tokens = _PLAIN_WORDS if self.plain else _WORDS
        if self.schema is not None:
            tokens = 4 * _WORDS
        return Options(
            max_tokens=min(tokens, usual.max_tokens),
            temperature=0.0,
            repeat_penalty=usual.repeat_penalty,
            schema=self.schema,
            thinking=False,
        )


@dataclass(frozen=True, slots=True)
class Before:
    """The look before, as far as the next one needs it: no more is kept of all looks."""

    text: str
    """What was said last."""
    image: Image
    whole: str = ""
    """What was said when everything was described last; empty where that is ``text``."""
    fields: Any = None
    looks: int = 1
    """Since everything was described."""

    @property
    def said(self) -> str:
        """Of the scene and of what has changed since, as it is repeated to the model."""
        texts = [self.whole, self.text] if self.whole else [self.text]
        return " Then: ".join(text[:_LONGEST] for text in texts)


@dataclass(frozen=True, slots=True)
class Ask:
    messages: tuple[Message, ...]
    whole: bool
    """Of all there is; else of what has changed."""


@dataclass(frozen=True, slots=True)
class Told:
    text: str
    """Empty where there is nothing new to say."""
    before: Before
    fields: dict[str, Any] | None = field(default=None)


def ask(telling: Telling, image: Image, before: Before | None, *, pair: bool = False) -> Ask:
    """What the model is shown and asked; with ``pair`` the picture before stands before it."""
    if before is None or telling.plain or telling.schema is not None or before.looks >= _REFRESH:
        return Ask((Message("user", (image, telling.request)),), whole=True)
    said = _BEFORE.format(caption=before.said) if before.text else ""
    asked = _ASKED_BEFORE.format(request=telling.request)
    usual = not telling.prompt and telling.preset == "describe"
    words = said + ("" if usual else asked) + _CHANGED
    shown = (before.image, image, _TWO + words) if pair else (image, words)
    return Ask((Message("user", shown),), whole=False)


def told(telling: Telling, asked: Ask, image: Image, answer: str, before: Before | None) -> Told:
    """What to tell of an answer, and what to remember of it."""
    said = " ".join(answer.split())
    if telling.schema is not None:
        return _filled(image, answer, before)
    looks = 1 if asked.whole or before is None else before.looks + 1
    if before is not None and (says_nothing(said) or same(before.text, said)):
        return Told("", replace(before, image=image, looks=looks))
    text = compared(before.text, said) if telling.plain and before is not None else said
    whole = "" if asked.whole or before is None else before.whole or before.text
    return Told(text, Before(said, image, whole, looks=looks))


def _filled(image: Image, answer: str, before: Before | None) -> Told:
    found = json.loads(answer)  # the grammar sees to it that it is JSON
    fields = found if isinstance(found, dict) else {"value": found}
    text = "; ".join(f"{name}: {_shown(value)}" for name, value in fields.items())
    repeated = before is not None and before.fields == fields
    return Told("" if repeated else text, Before(text, image, fields=fields), fields)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
