"""What is waited for is told once for each time that it appears."""

from __future__ import annotations

import json

import pytest

from edgeomni.loops.watch.condition import (
    DOUBT,
    Presence,
    Verdict,
    ask,
    options,
    question,
    verdict,
)
from edgeomni.values import Options
from tests.loops.watch.doubles import picture


def fired(*looks: tuple[float, bool]) -> list[float]:
    """When it was told, of looks at these times with these answers."""
    known, told = Presence(), []
    for at, there in looks:
        known, appeared = known.seen(at, there=there)
        if appeared:
            told.append(at)
    return told


def test_it_is_told_when_it_appears_and_not_again_while_it_stays() -> None:
    assert fired((0, False), (1, True), (2, True), (9, True)) == [1]


def test_one_look_that_misses_it_does_not_make_it_new() -> None:
    assert fired((0, True), (1, False), (2, True), (3, True)) == [0]


def test_what_two_looks_missed_is_new_when_it_comes_back() -> None:
    assert fired((0, True), (1, False), (2, False), (3, True)) == [0, 3]


def test_what_was_gone_for_long_is_new_though_one_look_told_so() -> None:
    assert fired((0, True), (10, False), (10 + DOUBT, True)) == [0, 10 + DOUBT]


def test_a_look_that_was_interrupted_and_is_repeated_counts_once() -> None:
    assert fired((0, True), (1, False), (1, False), (2, True)) == [0]


@pytest.mark.parametrize(
    ("condition", "asked"),
    [
        ("a red circle", "Is a red circle in the picture?"),
        ("Two stars", "Are Two stars in the picture?"),
        ("Is the door open?", "Is the door open?"),
        ("is the door open", "is the door open?"),
    ],
)
def test_a_plain_model_is_asked_a_short_question(condition: str, asked: str) -> None:
    assert question(condition, plain=True) == asked


def test_a_condition_stands_in_the_question_as_it_was_given() -> None:
    assert "a parcel at the door" in question("a parcel at the door", plain=False)


def test_the_picture_stands_before_the_question_so_that_several_share_it() -> None:
    image = picture()
    assert [message.parts[0] for message in ask("a cat", image, plain=False)] == [image]


def test_the_answer_is_forced_into_its_shape() -> None:
    assert options(Options(), plain=True).grammar
    schema = options(Options(), plain=False).schema
    assert schema is not None
    assert list(schema["properties"]) == ["evidence", "answer"]


@pytest.mark.parametrize(
    ("answer", "plain", "found"),
    [
        ("Yes, there is a  red circle.", True, Verdict(True, "Yes, there is a red circle.")),
        ("No, there is no circle.", True, Verdict(False, "No, there is no circle.")),
        (json.dumps({"evidence": "a box", "answer": "yes"}), False, Verdict(True, "a box")),
        (json.dumps({"evidence": "a mat", "answer": "no"}), False, Verdict(False, "a mat")),
        ('{"evidence": "a bo', False, Verdict(False, "")),
        ("[]", False, Verdict(False, "")),
        ("Yes!", False, Verdict(False, "")),
    ],
)
def test_what_cannot_be_understood_is_no(answer: str, plain: bool, found: Verdict) -> None:
    assert verdict(answer, plain=plain) == found
