"""A line that is typed while something else is shown."""

from __future__ import annotations

import pytest

from edgeomni.cli.typed import Typed


@pytest.mark.parametrize(
    ("raw", "lines", "rest"),
    [
        (b"What is it?\r", ["What is it?"], ""),
        (b"one\ntwo\nthr", ["one", "two"], "thr"),
        (b"\r\n  \r", [], ""),
        ("à la carte, 猫\n".encode(), ["à la carte, 猫"], ""),
        (b"cap\x7f\x08\x08at\r", ["at"], ""),
        (b"nonsense\x15cat\r", ["cat"], ""),
        (b"what is\x17was\r", ["what was"], ""),
        (b"ca\x1b[D\x1bOP\x1b[200~t\r", ["cat"], ""),
        (b"cat\x1b", [], ""),
        (b"a\x00\x01\x07b\r", ["ab"], ""),
        (b"\xff\xfecat\r", ["cat"], ""),
    ],
)
def test_bytes_become_lines(raw: bytes, lines: list[str], rest: str) -> None:
    typed = Typed()
    assert list(typed.feed(raw)) == lines
    assert typed.text == rest


def test_a_character_that_comes_in_halves_is_one() -> None:
    typed, raw = Typed(), "猫".encode()
    assert [*typed.feed(raw[:1]), *typed.feed(raw[1:]), *typed.feed(b"\r")] == ["猫"]


def test_the_end_of_input_is_one_only_where_nothing_is_typed() -> None:
    typed = Typed()
    assert list(typed.feed(b"cat\x04\r")) == ["cat"]
    with pytest.raises(EOFError):
        list(typed.feed(b"\x04"))


def test_a_paste_without_end_is_cut() -> None:
    typed = Typed()
    assert list(typed.feed(b"x" * 100_000)) == []
    assert len(typed.text) == 4000
