"""The notations in which models ask for tools, as one table, and which of them a template uses."""

from __future__ import annotations

import re
from dataclasses import dataclass

from edgeomni.engine.reply import calls, python_calls
from edgeomni.engine.reply.calls import Reader


@dataclass(frozen=True, slots=True)
class ToolFormat:
    """How one family of models writes a tool call."""

    name: str
    marks: tuple[str, ...]
    """A chat template that contains all of these uses the format."""
    spans: tuple[tuple[str, str], ...]
    """(opening tag, closing tag); without a closing tag the call goes on to the answer's end."""
    read: Reader
    bare: bool = False
    """An answer that begins with a JSON object may be a call without any tag."""


_HERMES = (("<tool_call>", "</tool_call>"),)
_DSML = "｜DSML｜"

# The first format of which a template contains all marks is taken: particular before general.
TOOL_FORMATS: tuple[ToolFormat, ...] = (
    ToolFormat("gemma", ("<|tool_call>",), (("<|tool_call>", "<tool_call|>"),), calls.gemma_calls),
    ToolFormat("mistral", ("[TOOL_CALLS]",), (("[TOOL_CALLS]", ""),), calls.mistral_calls),
    ToolFormat(
        "deepseek",
        ("<｜tool▁calls▁begin｜>",),
        (("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"),),
        calls.deepseek_calls,
    ),
    ToolFormat(
        "dsml",
        (_DSML, "function_calls>"),
        ((f"<{_DSML}function_calls>", f"</{_DSML}function_calls>"),),
        calls.invoke_calls,
    ),
    ToolFormat(
        "dsml-tools",
        (_DSML, "tool_calls>"),
        ((f"<{_DSML}tool_calls>", f"</{_DSML}tool_calls>"),),
        calls.invoke_calls,
    ),
    ToolFormat(
        "kimi",
        ("<|tool_calls_section_begin|>",),
        (("<|tool_calls_section_begin|>", "<|tool_calls_section_end|>"),),
        calls.kimi_calls,
    ),
    ToolFormat(
        "minimax",
        ("<minimax:tool_call>",),
        (("<minimax:tool_call>", "</minimax:tool_call>"),),
        calls.invoke_calls,
    ),
    ToolFormat(
        "atem",
        ("<atem:function_calls>",),
        (("<atem:function_calls>", "</atem:function_calls>"),),
        calls.invoke_calls,
    ),
    ToolFormat(
        "seed",
        ("<seed:tool_call>",),
        (("<seed:tool_call>", "</seed:tool_call>"),),
        calls.function_tag_calls,
    ),
    ToolFormat("glm", ("<arg_key>", "<tool_call>"), _HERMES, calls.argument_tag_calls),
    ToolFormat("qwen-coder", ("<tool_call>", "<function="), _HERMES, calls.function_tag_calls),
    ToolFormat(
        "functionary", ("<function=",), (("<function=", "</function>"),), calls.open_function_calls
    ),
    ToolFormat(
        "minicpm",
        ('<function name="', "<param name="),
        (('<function name="', "</function>"),),
        calls.named_function_calls,
    ),
    ToolFormat(
        "cohere",
        ("<|START_ACTION|>",),
        (("<|START_ACTION|>", "<|END_ACTION|>"),),
        calls.json_calls,
    ),
    ToolFormat("granite", ("<|tool_call|>",), (("<|tool_call|>", ""),), calls.json_calls),
    ToolFormat("nemotron", ("<TOOLCALL>",), (("<TOOLCALL>", "</TOOLCALL>"),), calls.json_calls),
    ToolFormat(
        "apertus",
        ("<|tools_prefix|>",),
        (("<|tools_prefix|>", "<|tools_suffix|>"),),
        calls.json_calls,
    ),
    ToolFormat("firefunction", ("functools",), (("functools[", ""),), calls.json_list_calls),
    ToolFormat("gigachat", ("<|function_call|>",), (("<|function_call|>", ""),), calls.json_calls),
    ToolFormat("plural", ("<tool_calls>",), (("<tool_calls>", "</tool_calls>"),), calls.json_calls),
    ToolFormat("hermes", ("<tool_call>",), _HERMES, calls.json_calls),
    *(
        ToolFormat(
            "lfm2",
            (mark,),
            (("<|tool_call_start|>", "<|tool_call_end|>"),),
            python_calls.python_calls,
        )
        for mark in ("<|tool_call_start|>", "<|tool_list_start|>", "List of tools: [")
    ),
    *(
        ToolFormat(
            "llama3", (mark,), (("<|python_tag|>", ""),), python_calls.python_tag_calls, bare=True
        )
        for mark in ("<|python_tag|>", '"parameters": dictionary')
    ),
    ToolFormat(
        "tool-code", ("tool_code",), (("```tool_code\n", "```"),), python_calls.python_calls
    ),
)

GENERIC = ToolFormat("generic", (), _HERMES, calls.json_calls, bare=True)
"""For templates that take tools but do not show how the model is to answer."""

_TAKES_TOOLS = re.compile(r"\{%[^%]*\b(?:\w+_)?(?:tools|functions)\b")


def tool_format(template: str) -> ToolFormat | None:
    """The notation of a chat template's model; None when the template does not take tools."""
    if not _TAKES_TOOLS.search(template):
        return None
    fitting = (f for f in TOOL_FORMATS if all(mark in template for mark in f.marks))
    return next(fitting, GENERIC)
