"""Sound, words and a language model's opinion together: is a turn over?"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from edgeomni.speech.dialogue.evidence import Evidence, Words

WHOLE, BEGUN = Words(unfinished=False), Words(unfinished=True)
KNOWN = Evidence(sound=0.5, words=WHOLE, model=0.3)


def odds(known: Evidence) -> float:
    found = known.log_odds
    assert found is not None
    return found


@pytest.mark.parametrize("missing", ["words", "model"])
def test_without_words_or_model_there_are_no_odds(missing: str) -> None:
    assert replace(KNOWN, **{missing: None}).log_odds is None


def test_without_a_detector_the_rest_decides() -> None:
    assert odds(replace(KNOWN, sound=None)) == pytest.approx(odds(KNOWN))


@pytest.mark.parametrize(
    "rising",
    [
        [replace(KNOWN, model=chance) for chance in (0.0, 0.01, 0.3, 0.7, 1.0)],
        [replace(KNOWN, sound=chance) for chance in (0.0, 0.1, 0.5, 0.9, 1.0)],
        [replace(KNOWN, words=words) for words in (BEGUN, WHOLE, replace(WHOLE, asks=True))],
    ],
    ids=["model", "sound", "words"],
)
def test_each_of_them_makes_it_likelier(rising: list[Evidence]) -> None:
    assert all(odds(less) < odds(more) for less, more in pairwise(rising))


def test_the_model_weighs_most() -> None:
    heard = replace(KNOWN, model=0.001, sound=0.99)
    read = replace(KNOWN, model=0.8, sound=0.01)
    assert odds(heard) < 0 < odds(read)
