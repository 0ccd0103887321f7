"""Reads the tool calls that models write: one function per notation, none of them runs anything.

Every reader takes the text between a format's tags and the offered tools' JSON schemas, and
returns (name, arguments) pairs, or None when the text is no tool call in that notation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Call = tuple[str, dict[str, Any]]
Schemas = Mapping[str, Mapping[str, Any]]
"""Parameter schema by tool name."""
Reader = Callable[[str, Schemas], list[Call] | None]

_LIMIT = 256 * 1024
"""Characters: beyond it a call is no call, and the parsers need not be fed."""


def read_calls(reader: Reader, body: str, schemas: Schemas) -> list[Call] | None:
    """The calls in ``body``, or None: whatever is wrong with it, it is then plain text."""
    if len(body) > _LIMIT:
        return None
    try:
        return reader(body, schemas) or None
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def read_named_call(name: str, body: str) -> Call | None:
    """A call whose name stood elsewhere: ``body`` is the JSON of its arguments."""
    return next(iter(read_calls(lambda text, _: _just(_call(name, text)), body, {}) or ()), None)


def _just(call: Call | None) -> list[Call] | None:
    return [call] if call else None


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────

_NAMES = ("name", "tool_name", "function", "recipient_name")
_ARGUMENTS = ("arguments", "parameters", "args", "input")
_BETWEEN = re.compile(r"[\s,;]*")


def json_calls(body: str, schemas: Schemas) -> list[Call] | None:
    """Objects or lists of objects, one behind the other: ``{"name": …, "arguments": {…}}``."""
    calls: list[Call] = []
    for value in _json_values(body):
        for item in value if isinstance(value, list) else [value]:
            if (call := _from_object(item, schemas)) is None:
                return None
            calls.append(call)
    return calls


def json_list_calls(body: str, schemas: Schemas) -> list[Call] | None:
    """A list whose opening bracket belonged to the tag."""
    return json_calls("[" + body, schemas)


def _json_values(body: str) -> list[Any]:
    decoder, values = json.JSONDecoder(), []
    at = _skip(body, 0)
    while at < len(body):
        value, at = decoder.raw_decode(body, at)
        values.append(value)
        at = _skip(body, at)
    return values


def _skip(body: str, at: int) -> int:
    found = _BETWEEN.match(body, at)
    return found.end() if found else at


def _from_object(item: Any, schemas: Schemas) -> Call | None:
    if not isinstance(item, dict):
        return None
    if isinstance(item.get("function"), dict):
        item = item["function"]
    name = next((item[key] for key in _NAMES if isinstance(item.get(key), str)), None)
    if name is None:
        return _from_single_key(item, schemas)
    arguments: Any = next((item[key] for key in _ARGUMENTS if key in item), {})
    return _call(name, arguments)


def _from_single_key(item: dict[str, Any], schemas: Schemas) -> Call | None:
    """``{"weather": {…}}``, as Apertus writes it; only a tool that was offered can be meant."""
    name = next(iter(item), "")
    return _call(name, item[name]) if len(item) == 1 and name in schemas else None


def _call(name: str, arguments: Any) -> Call | None:
    if isinstance(arguments, str):
        arguments = json.loads(arguments) if arguments.strip() else {}
    name = name.strip().removeprefix("functions.")
    if not name or any(c.isspace() for c in name):
        return None
    return (name, arguments or {}) if isinstance(arguments, dict | None) else None


# ── tags ─────────────────────────────────────────────────────────────────────────────────────────

_FUNCTION = re.compile(r"<function=([^>\s]+)>(.*?)</function>", re.S)
_PARAMETER = re.compile(r"<parameter=([^>]+)>(.*?)</parameter>", re.S)
_GLM_ARGUMENT = re.compile(r"<arg_key>(.*?)</arg_key>\s*<arg_value>(.*?)(?:</arg_value>|\Z)", re.S)
_INVOKE = re.compile(r"<[^\s<>]*?invoke name=\"([^\"]+)\">(.*?)</[^\s<>]*?invoke>", re.S)
_NAMED_PARAMETER = re.compile(
    r"<[^\s<>]*?param(?:eter)? name=\"([^\"]+)\"([^>]*)>(.*?)</[^\s<>]*?param(?:eter)?>", re.S
)
_CDATA = re.compile(r"\A<!\[CDATA\[(.*)\]\]>\Z", re.S)


def function_tag_calls(body: str, schemas: Schemas) -> list[Call] | None:
    """``<function=name><parameter=key>value</parameter></function>``, or JSON between the tags."""
    calls: list[Call] = []
    for name, inner in _FUNCTION.findall(body):
        if inner.strip().startswith("{"):
            call = _call(name, inner)
        else:
            call = name, _typed(name, _PARAMETER.findall(inner), schemas)
        if call is None:
            return None
        calls.append(call)
    return calls if not _FUNCTION.sub("", body).strip() else None


def open_function_calls(body: str, schemas: Schemas) -> list[Call] | None:
    """``name>{…}``: what stands between ``<function=`` and ``</function>``."""
    return function_tag_calls(f"<function={body}</function>", schemas)


def named_function_calls(body: str, schemas: Schemas) -> list[Call] | None:
    """``name"><param name="key">value</param>``: between ``<function name="`` and its end."""
    name, border, inner = body.partition('">')
    return [(name, _named(name, inner, schemas))] if border and name else None


def invoke_calls(body: str, schemas: Schemas) -> list[Call] | None:
    """``<invoke name="f"><parameter name="key">value</parameter></invoke>``, any tag prefix."""
    calls = [(name, _named(name, inner, schemas)) for name, inner in _INVOKE.findall(body)]
    return calls if not _INVOKE.sub("", body).strip() else None


def argument_tag_calls(body: str, schemas: Schemas) -> list[Call] | None:
    """``name<arg_key>key</arg_key><arg_value>value</arg_value>``."""
    name = body.partition("<arg_key>")[0].strip()
    if not name or any(c.isspace() for c in name):
        return None
    return [(name, _typed(name, _GLM_ARGUMENT.findall(body), schemas))]


def _named(name: str, inner: str, schemas: Schemas) -> dict[str, Any]:
    found = _NAMED_PARAMETER.findall(inner)
    as_text = {key: value for key, attributes, value in found if 'string="true"' in attributes}
    pairs = [(key, _CDATA.sub(r"\1", value.strip())) for key, _, value in found]
    return _typed(name, pairs, schemas) | as_text


def _typed(name: str, pairs: list[tuple[str, str]], schemas: Schemas) -> dict[str, Any]:
    return {key: _value(raw, _type(schemas, name, key)) for key, raw in pairs}


def _type(schemas: Schemas, name: str, key: str) -> Any:
    properties = schemas.get(name, {}).get("properties", {})
    declared = properties.get(key, {}) if isinstance(properties, Mapping) else {}
    return declared.get("type") if isinstance(declared, Mapping) else None


def _value(raw: str, declared: Any) -> Any:
    """What is declared a string stays one, even when it looks like a number."""
    text = raw.removeprefix("\n").removesuffix("\n")
    if declared == "string":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


# ── notations of single families ─────────────────────────────────────────────────────────────────

_MISTRAL = re.compile(r"\s*([^\s\[{]+)(?:\[CALL_ID\][^\[]*)?\[ARGS\]\s*")
_DEEPSEEK = re.compile(
    r"<｜tool▁call▁begin｜>(?:function<｜tool▁sep｜>)?([^<\n]+?)"
    r"(?:<｜tool▁sep｜>|\n```json\n)(.*?)(?:\n```)?<｜tool▁call▁end｜>",
    re.S,
)
_KIMI = re.compile(
    r"<\|tool_call_begin\|>\s*(?:functions\.)?([^\s<]+?)(?::\d+)?\s*"
    r"<\|tool_call_argument_begin\|>(.*?)<\|tool_call_end\|>",
    re.S,
)
_GEMMA_CALL = re.compile(r"\s*call:([^\s{]+)\s*(\{.*\})\s*\Z", re.S)
_GEMMA_KEY = re.compile(r"([{,]\s*)([A-Za-z_][\w.-]*)\s*:")
_GEMMA_QUOTE = '<|"|>'


def mistral_calls(body: str, schemas: Schemas) -> list[Call] | None:
    """``[{…}]``, or since 2025 ``name[ARGS]{…}``, repeated behind further ``[TOOL_CALLS]``."""
    if body.lstrip().startswith(("[", "{")):
        return json_calls(body, schemas)
    calls: list[Call] = []
    for part in body.split("[TOOL_CALLS]"):
        found = _MISTRAL.match(part)
        call = found and _call(found[1], part[found.end() :])
        if not call:
            return None
        calls.append(call)
    return calls


def deepseek_calls(body: str, schemas: Schemas) -> list[Call] | None:
    """R1's fenced JSON behind ``function<｜tool▁sep｜>name``, V3.1's ``name<｜tool▁sep｜>{…}``."""
    return _matched(_DEEPSEEK, body)


def kimi_calls(body: str, schemas: Schemas) -> list[Call] | None:
    """``functions.name:0`` and JSON between Kimi K2's special tokens."""
    return _matched(_KIMI, body)


def gemma_calls(body: str, schemas: Schemas) -> list[Call] | None:
    """``call:name{key:<|"|>text<|"|>,other:1}``, as Gemma 4 writes it."""
    found = _GEMMA_CALL.match(body)
    if not found:
        return None
    parts = found[2].split(_GEMMA_QUOTE)
    parts[0::2] = [_GEMMA_KEY.sub(r'\1"\2":', part) for part in parts[0::2]]
    parts[1::2] = [json.dumps(part) for part in parts[1::2]]
    call = _call(found[1], "".join(parts))
    return [call] if call else None


def _matched(pattern: re.Pattern[str], body: str) -> list[Call] | None:
    calls = [_call(name, arguments) for name, arguments in pattern.findall(body)]
    if pattern.sub("", body).strip():
        return None
    return [call for call in calls if call] if all(calls) else None
