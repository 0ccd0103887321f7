"""Patterns are judged as the grammar means them, and in no time."""

import pytest

from edgeomni.engine.grammar.matching import has_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^[A-Z]{2}$", "NO", True),
        ("^[A-Z]{2}$", "NOR", False),
        ("sea", "the sea is wide", True),
        ("sea", "the lake", False),
        (r"^\d+$", "42", True),
        ('^"$', '"', True),
        ("^é+$", "éé", True),
        (r"^[[]a$", "[a", True),
        (r"^[\d-x]{2}$", "1-", True),
        ("^a|b$", "ab", True),
        ("", "", True),
    ],
)
def test_a_text_has_the_pattern_or_not(pattern, text, found):
    assert has_pattern(pattern, text) is found


@pytest.mark.parametrize("pattern", ["(", r"\p{L}+", "(?=a)", r"(a)\1"])
def test_what_no_grammar_can_say_is_not_held_against_a_text(pattern):
    assert has_pattern(pattern, "anything")


@pytest.mark.timeout(20)
def test_no_text_can_stall_it():
    assert not has_pattern("^(a+)+$", "a" * 2000 + "!")
