"""Reads from the source of a chat template how its model writes reasoning and tool calls."""

from __future__ import annotations

from dataclasses import dataclass, replace

from edgeomni.engine.reply.channels import CHANNEL_FORMATS, ChannelFormat
from edgeomni.engine.reply.tools import ToolFormat, tool_format

# (opening tag, closing tag); a template that contains the closing tag thinks between the two.
THINKING_TAGS: tuple[tuple[str, str], ...] = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<seed:think>", "</seed:think>"),
    ("<mm:think>", "</mm:think>"),
    ("[THINK]", "[/THINK]"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|inner_prefix|>", "<|inner_suffix|>"),
    ("<|channel>thought", "<channel|>"),
    ("Here are my reasoning steps:", "[BEGIN FINAL RESPONSE]"),
)
# Reasoning finetunes often keep the template of the model they grew from.
USUAL_TAGS = THINKING_TAGS[:1]

# Tags around the answer itself, which mean nothing to its reader, behind what gives them away.
ANSWER_TAGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("<|START_RESPONSE|>", ("<|START_RESPONSE|>", "<|END_RESPONSE|>")),
    ("<|START_TEXT|>", ("<|START_TEXT|>", "<|END_TEXT|>")),
    ("<response></response>", ("<response>", "</response>")),
    ("[END FINAL RESPONSE]", ("[END FINAL RESPONSE]",)),
)

# Template variables that switch reasoning, with the values for off and on.
_SWITCHES: dict[str, tuple[object, object]] = {
    "enable_thinking": (False, True),
    "thinking": (False, True),
    "thinking_budget": (0, -1),
    "reasoning_effort": ("low", "medium"),
}


@dataclass(frozen=True, slots=True)
class ReplyFormat:
    """What a chat template tells about the answers of its model."""

    thinking: tuple[tuple[str, str], ...] = USUAL_TAGS
    """(opening tag, closing tag) of reasoning."""
    supports_thinking: bool = False
    switches: tuple[str, ...] = ()
    """Template variables that turn reasoning on and off."""
    tools: ToolFormat | None = None
    """None when the template does not take tools."""
    wrappers: tuple[str, ...] = ()
    """Tags around the answer that are dropped."""
    channels: ChannelFormat | None = None
    """For models that address each passage of an answer; it replaces the tags above."""
    opened: str = ""
    """The opening tag with which the prompt ends: the answer begins inside the reasoning."""

    @property
    def supports_tools(self) -> bool:
        return self.tools is not None

    def switched(self, thinking: bool) -> dict[str, object]:
        """Arguments for the template that turn reasoning on or off, as far as it can be."""
        return {name: _SWITCHES[name][thinking] for name in self.switches}

    def after(self, prompt: str) -> ReplyFormat:
        """The format of the answer to a rendered prompt, which may end with an opened thought."""
        end = prompt[-200:].rstrip()
        opened = (tag for tag, _ in self.thinking if end.endswith(tag))
        return replace(self, opened=next(opened, ""))


def detect_format(template: str) -> ReplyFormat:
    """Read from the source of a chat template, never from a model's name."""
    channels = next((c for c in CHANNEL_FORMATS if all(m in template for m in c.marks)), None)
    thinking = tuple(pair for pair in THINKING_TAGS if pair[1] in template)
    return ReplyFormat(
        thinking=thinking or USUAL_TAGS,
        supports_thinking=bool(thinking) or bool(channels and channels.thinks),
        switches=tuple(name for name in _SWITCHES if _is_variable(name, template)),
        tools=tool_format(template),
        wrappers=tuple(tag for mark, tags in ANSWER_TAGS if mark in template for tag in tags),
        channels=channels,
    )


def _is_variable(name: str, template: str) -> bool:
    """Whether the template asks for a variable of its own, beyond a message's field so named."""
    return any(
        f"{before}{name} {behind}" in template
        for before in ("if ", "if not ", "and ", "not ", "(")
        for behind in ("is ", "%}", "-%}", "and ", "or ", "=", "==")
    )
