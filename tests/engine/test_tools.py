"""A chat template's source tells how its model writes tool calls and reasoning."""

from __future__ import annotations

import pytest

from edgeomni.engine.reply.formats import detect_format
from edgeomni.engine.reply.tools import TOOL_FORMATS, tool_format


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


REAL = {
    "Qwen-Qwen3-0.6B": ("hermes", "<think>"),
    "Qwen-Qwen2.5-7B-Instruct": ("hermes", None),
    "Qwen3-Coder": ("qwen-coder", None),
    "Qwen3.5-4B": ("qwen-coder", "<think>"),
    "meta-llama-Llama-3.1-8B-Instruct": ("llama3", None),
    "meta-llama-Llama-3.2-3B-Instruct": ("llama3", None),
    "mistralai-Mistral-Nemo-Instruct-2407": ("mistral", None),
    "mistralai-Ministral-3-14B-Reasoning-2512": ("mistral", "[THINK]"),
    "google-gemma-2-2b-it": (None, None),
    "google-gemma-4-31B-it": ("gemma", "<|channel>thought"),
    "LFM2-8B-A1B": ("lfm2", None),
    "LFM2.5-8B-A1B": ("lfm2", "<think>"),
    "llama-cpp-deepseek-r1": ("deepseek", "<think>"),
    "deepseek-ai-DeepSeek-V3.2": ("dsml", "<think>"),
    "GLM-4.6": ("glm", "<think>"),
    "Kimi-K2-Thinking": ("kimi", "<think>"),
    "MiniMax-M2": ("minimax", "<think>"),
    "ByteDance-Seed-OSS": ("seed", "<seed:think>"),
    "CohereForAI-c4ai-command-r7b-12-2024-tool_use": ("cohere", "<|START_THINKING|>"),
    "ibm-granite-granite-3.3-2B-Instruct": ("granite", "<think>"),
    "NVIDIA-Nemotron-Nano-v2": ("nemotron", "<think>"),
    "Apertus-8B-Instruct": ("apertus", "<|inner_prefix|>"),
    "meetkai-functionary-medium-v3.1": ("functionary", None),
    "openbmb-MiniCPM5-1B": ("minicpm", "<think>"),
    "fireworks-ai-llama-3-firefunction-v2": ("firefunction", None),
    "microsoft-Phi-3.5-mini-instruct": (None, None),
}


@pytest.mark.peers
@pytest.mark.parametrize("name", REAL)
def test_the_templates_that_come_with_llama_cpp_are_understood(peers, name):
    folder = next(peers.source.rglob("models/templates"))
    form = detect_format((folder / f"{name}.jinja").read_text(encoding="utf-8"))
    notation = form.tools.name if form.tools else None
    thinks = form.thinking[0][0] if form.supports_thinking else None
    assert (notation, thinks) == REAL[name]


@pytest.mark.peers
@pytest.mark.parametrize(
    ("name", "channels"),
    [("openai-gpt-oss-120b", "harmony"), ("meetkai-functionary-medium-v3.2", "functionary")],
)
def test_models_that_address_their_passages_are_known(peers, name, channels):
    folder = next(peers.source.rglob("models/templates"))
    found = detect_format((folder / f"{name}.jinja").read_text(encoding="utf-8")).channels
    assert found is not None
    assert found.name == channels
