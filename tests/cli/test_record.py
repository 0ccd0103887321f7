"""One object on one line, harmless to print and exact to read back."""

from __future__ import annotations

import json

import pytest

from edgeomni.cli.record import dumps


@pytest.mark.parametrize(
    "sign", ["\x1b", "\x7f", "\x85", "\x9b", "\u2028", "\u202e", "\u2066", "\u2069", "\ud83d"]
)
def test_what_could_command_a_terminal_is_escaped(sign: str) -> None:
    line = dumps({"text": f"a{sign}b"})
    assert sign not in line
    assert f"\\u{ord(sign):04x}" in line
    assert json.loads(line)["text"] == f"a{sign}b"


@pytest.mark.parametrize("text", ["日本", "שלום\u200f", "a\u200eb", "😀", "é"])
def test_any_script_stays_as_it_is(text: str) -> None:
    assert dumps(text) == f'"{text}"'


def test_a_byte_of_a_name_that_is_no_utf_8_has_its_number() -> None:
    assert json.loads(dumps({"file": "caf\udce9.png"})) == {"file": "caf\\xe9.png"}


def test_the_halves_of_a_character_are_no_bytes() -> None:
    assert json.loads(dumps(["\ud83d\udc80"])) == ["\U0001f480"]


def test_numbers_that_json_cannot_say_become_null() -> None:
    assert dumps([float("nan"), float("inf"), 1.5]) == "[null, null, 1.5]"
