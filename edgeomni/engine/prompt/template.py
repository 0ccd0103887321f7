"""The model's own chat template, rendered in a sandbox into segments that keep content apart.

A template mixes scaffolding (roles, separators) with what people and programs said. Only the
scaffolding may name control tokens. So every text that could be read as one, and every medium,
enters the template as an unguessable word, and the rendered prompt is cut at these words.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from edgeomni.engine.prompt.sandbox import Unusable, compiled, rendered, to_json
from edgeomni.engine.prompt.spellings import Spellings
from edgeomni.errors import InputError, ModelError, UsageError
from edgeomni.values import Media, Message, Tool, ToolCall


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    trusted: bool
    """Scaffolding: spelt-out control tokens are control tokens."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An earlier answer of the model, whose very tokens are still known."""

    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a picture or sound goes."""

    media: Media


Segment = Text | Answer | Slot


@dataclass(frozen=True, slots=True)
class Style:
    """What a template can and cannot do, found out by rendering probes."""

    system: bool
    """Knows the role ``system``; otherwise its text joins the first user message."""
    typed: bool
    """Wants content as a list of typed parts instead of one string."""
    spaced: bool
    """Writes a space before past answers but none before the next one, which begins with it."""


@dataclass
class ChatTemplate:
    """One model's template."""

    source: str
    bos_text: str
    eos_text: str
    spellings: Spellings
    """Of the tokens that scaffolding could be made of."""
    style: Style = field(init=False)

    def __post_init__(self) -> None:
        if not self.source.strip():
            raise ModelError(
                "This model file has no chat template, so it cannot hold a conversation.",
                remedy="Choose an instruction-tuned (chat) model.",
                code="no-template",
            )
        try:
            self._template = compiled(self.source)
        except Unusable as error:
            raise ModelError(
                f"This model's chat template is broken: {str(error)[:200]}.",
                remedy="Choose another file.",
            ) from error
        self._now = datetime.now()  # one date per session: a prompt that changes is not cached
        self.style = self._probe()

    def render(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[Tool] = (),
        switches: Mapping[str, object] | None = None,
        open_ended: bool = False,
        known: Callable[[str], bool] = lambda _text: False,
    ) -> list[Segment]:
        """The prompt for the next answer. ``switches`` are further variables for the template.

        ``open_ended`` ends behind the last message's content instead, for a prompt whose last
        message may still grow. ``known`` says whether an answer's very tokens are remembered.
        """
        if not messages:
            raise InputError("There is no message to answer.", remedy="Type something.")
        words = _Words(self.spellings, known, spaced=self.style.spaced)
        arguments: dict[str, Any] = {
            "messages": self._messages(messages, words, open_ended),
            "add_generation_prompt": not open_ended,
        }
        if tools:
            arguments["tools"] = self._tools(tools)
        arguments |= switches or {}
        segments = words.cut(self._render(arguments))
        if open_ended:
            while segments and isinstance(last := segments[-1], Text) and last.trusted:
                segments.pop()
        return segments

    # -- messages as the template wants them --

    def _messages(
        self, messages: Sequence[Message], words: _Words, open_ended: bool
    ) -> list[dict[str, Any]]:
        if not self.style.system:
            messages = _without_system(messages)
        last = len(messages) - 1
        return [
            self._message(message, words, mark=open_ended and index == last)
            for index, message in enumerate(messages)
        ]

    def _message(self, message: Message, words: _Words, *, mark: bool) -> dict[str, Any]:
        parts = [
            words.text(part, message.role, mark=mark) if isinstance(part, str) else words.slot(part)
            for part in message.parts
        ]
        content = (
            [{"type": "text", "text": part} for part in parts]
            if self.style.typed
            else "".join(parts)
        )
        result: dict[str, Any] = {"role": message.role, "content": content}
        if message.thought:
            result["reasoning_content"] = words.text(message.thought, "user", mark=False)
        if message.tool_calls:
            result["tool_calls"] = [self._call(call) for call in message.tool_calls]
        if message.tool_call_id:
            self._refuse_control(message.tool_call_id, "The name of a tool's call")
            result["tool_call_id"] = message.tool_call_id
        return result

    def _call(self, call: ToolCall) -> dict[str, Any]:
        function = {"name": call.name, "arguments": dict(call.arguments)}
        self._refuse_control(to_json([call.id, function]), f"A call of {call.name}")
        return {"id": call.id, "type": "function", "function": function}

    def _tools(self, tools: Sequence[Tool]) -> list[dict[str, Any]]:
        for tool in tools:
            text = to_json([tool.name, tool.description, dict(tool.parameters)])
            self._refuse_control(text, f"The tool {tool.name}")
        return [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": dict(tool.parameters),
                },
            }
            for tool in tools
        ]

    def _refuse_control(self, text: str, what: str) -> None:
        if self.spellings.within(text):
            raise UsageError(
                f"{what} spells out a control token of this model.", remedy="Rename or reword it."
            )

    # -- rendering --

    def _render(self, arguments: Mapping[str, Any]) -> str:
        fixed = {
            "bos_token": self.bos_text,
            "eos_token": self.eos_text,
            "strftime_now": self._now.strftime,
        }
        try:
            return rendered(self._template, {**fixed, **arguments})
        except Unusable as error:
            raise _Refused(str(error)) from error

    def _probe(self) -> Style:
        def attempt(*turns: tuple[str, str], typed: bool) -> str:
            messages = [
                {"role": role, "content": [{"type": "text", "text": text}] if typed else text}
                for role, text in turns
            ]
            with suppress(_Refused):
                return self._render({"messages": messages, "add_generation_prompt": True})
            return ""

        user, system, answer = "Qprobe1", "Qprobe2", "Qprobe3"
        typed = user not in attempt(("user", user), typed=False)
        if typed and user not in attempt(("user", user), typed=True):
            self._render({"messages": [{"role": "user", "content": user}]})  # says why
            raise _Refused("it leaves out what the user says")
        headed = attempt(("system", system), ("user", user), typed=typed)
        talk = attempt(("user", user), ("assistant", answer), ("user", user), typed=typed)
        return Style(
            system=system in headed and user in headed,
            typed=typed,
            spaced=f" {answer}" in talk and not talk.endswith(" "),
        )


class _Refused(ModelError):
    """The template failed on this conversation."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"This model's chat template refuses the conversation: {reason[:200]}.",
            remedy="Start a new conversation, or choose another model.",
            code="template-refused",
        )


class _Words:
    """The unguessable words that stand for content while a template renders."""

    def __init__(self, spellings: Spellings, known: Callable[[str], bool], *, spaced: bool) -> None:
        self._nonce = secrets.token_hex(8)
        self._spaced = spaced
        self._spellings = spellings
        self._known = known
        self._segments: list[Segment] = []

    def slot(self, media: Media) -> str:
        return self._word(Slot(media))

    def text(self, text: str, role: str, *, mark: bool) -> str:
        """The text itself where that is harmless, so that templates can look at it."""
        core = text.strip()
        if not core:
            return text
        if role == "assistant" and self._known(text):
            return self._word(Answer(text))
        if role == "assistant" and self._spaced:
            text = text.removeprefix(" ")
        if not mark and not self._spellings.risky(core):
            return text
        word = self._word(Text(core, trusted=False))
        # Surrounding white space stays outside: some templates trim, and must find it to do so.
        start = text.index(core)
        return text[:start] + word + text[start + len(core) :]

    def _word(self, segment: Segment) -> str:
        self._segments.append(segment)
        return f"Q{self._nonce}x{len(self._segments) - 1}z"

    def cut(self, prompt: str) -> list[Segment]:
        result: list[Segment] = []
        for index, part in enumerate(re.split(rf"Q{self._nonce}x(\d+)z", prompt)):
            if index % 2:
                segment = self._segments[int(part)]
                if self._spaced and isinstance(segment, Answer) and segment.text[0] == " ":
                    _drop_space(result)
                result.append(segment)
            elif part:
                result.append(Text(part, trusted=True))
        return result


def _drop_space(segments: list[Segment]) -> None:
    """The answer that follows brings it along."""
    if segments and isinstance(last := segments[-1], Text) and last.trusted:
        segments[-1:] = [Text(text, trusted=True)] if (text := last.text.removesuffix(" ")) else []


def _without_system(messages: Sequence[Message]) -> list[Message]:
    """Put what the system says before the first user message, for templates without that role."""
    said = [message for message in messages if message.role == "system"]
    rest = [message for message in messages if message.role != "system"]
    if said and rest:
        head = tuple(f"{message.text}\n\n" for message in said)
        rest[0] = Message("user", head + rest[0].parts)
    return rest
