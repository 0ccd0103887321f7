"""A chat template's source tells how its model writes tool calls and reasoning."""

from __future__ import annotations

import pytest

from edgeomni.engine.formats import detect_format
from edgeomni.engine.tools import TOOL_FORMATS, tool_format


@pytest.mark.parametrize(
    ("quote", "name"),
    [
        # Qwen 2.5 and 3, Hermes, QwQ
        ('within <tool_call></tool_call> XML tags:\\n<tool_call>\\n{\\"name\\": ', "hermes"),
        ("{{- '<tool_call>\\n<function=' + tool_call.name + '>\\n' }}", "qwen-coder"),
        ("<tool_call>{function-name}\\n<arg_key>{arg-key-1}</arg_key>", "glm"),
        ('Respond in the format {"name": function name, "parameters": dictionary of', "llama3"),
        ('{{- "<|python_tag|>" + tool_call.name + ".call(" }}', "llama3"),
        ('{{- "[TOOL_CALLS][" }}', "mistral"),
        ("{{- '<|tool_call>call:' + function['name'] + '{' -}}", "gemma"),
        ('"List of tools: <|tool_list_start|>["', "lfm2"),
        ("'<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>' + tool['type']", "deepseek"),
        ("{%- set minimax = '<minimax:tool_call>' %} <invoke name=", "minimax"),
        ("anything else", "generic"),
    ],
)
def test_the_notation_is_found_in_the_template(quote, name):
    found = tool_format("{%- if tools %}" + quote)
    assert found is not None
    assert found.name == name


def test_a_template_that_takes_no_tools_has_no_notation():
    gemma2 = "{{ bos_token }}{% for message in messages %}{{ message['content'] }}{% endfor %}"
    assert tool_format(gemma2) is None
    assert not detect_format(gemma2).supports_tools


def test_every_notation_can_be_found_by_its_own_marks():
    for form in TOOL_FORMATS:
        found = tool_format("{% if tools %}" + " ".join(form.marks))
        assert found is not None
        assert found.name == form.name


@pytest.mark.parametrize(
    ("statement", "off"),
    [
        (
            "{%- if enable_thinking is defined and not enable_thinking %}",
            {"enable_thinking": False},
        ),
        ("{%- if thinking %}", {"thinking": False}),
        ("{%- if reasoning_effort is not defined %}", {"reasoning_effort": "low"}),
        ("{%- if message.thinking is defined %}", {}),
        ("{{ messages }}", {}),
    ],
)
def test_the_template_s_own_switch_turns_reasoning_off(statement, off):
    assert detect_format(statement).switched(thinking=False) == off


def test_thinking_is_an_ability_only_when_the_template_shows_it():
    assert detect_format("{{ '<think>' + r + '</think>' }}").supports_thinking
    assert not detect_format("{{ messages }}").supports_thinking
