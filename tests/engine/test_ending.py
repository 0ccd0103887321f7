"""Whether a message is over, as a language model sees it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edgeomni.catalog import ensure
from edgeomni.catalog.progress import Silent
from edgeomni.engine.client import LlamaEngine
from edgeomni.engine.config import EngineConfig
from edgeomni.engine.ending import closers, closing_mass, without_close
from edgeomni.ports import Cancel
from edgeomni.values import Image, Message, Options
from tests.engine.samples import user

PAIRS = (
    ("What is the capital of", "What is the capital of France"),
    ("Please remind me to", "Please remind me to water the plants"),
    ("If it rains tomorrow", "If it rains tomorrow we stay at home"),
    ("My brother lives in", "My brother lives in Berlin"),
    ("Could you tell me, um,", "Could you tell me what day it is"),
)


def test_the_marks_behind_the_last_word_are_taken_off() -> None:
    texts = [
        without_close([user(said)])[0].text for said in ("Well. Go on...", "So?", "Ja。", "a b")
    ]
    assert texts == ["Well. Go on", "So", "Ja", "a b"]


def test_earlier_messages_keep_their_marks() -> None:
    first, last = without_close([user("One."), user("Two.")])
    assert (first.text, last.text) == ("One.", "Two")


def test_a_message_that_ends_with_a_picture_stays_as_it_is() -> None:
    message = Message("user", ("Look.", Image(b"abc", 1, 1)))
    assert without_close([message]) == [message]


WORDS = {"a": [1], "a.": [1, 2], "a?": [1, 3], "a!": [4]}
PIECES = {1: b"a", 2: b".", 3: b"?", 4: b"a!", 9: b"x"}


def test_closers_are_tokens_that_close_and_nothing_else() -> None:
    def tokenize(text: str) -> list[int]:
        return WORDS.get(text, [9])

    assert closers(tokenize, PIECES.__getitem__, (7,)) == (2, 3, 7)


def test_the_mass_is_the_share_of_these_tokens() -> None:
    logits = np.log(np.array([1, 2, 3, 4], np.float32))
    assert closing_mass(logits, (1, 3)) == pytest.approx(0.6)


def test_logits_of_any_size_have_a_mass() -> None:
    assert closing_mass(np.array([1e4, 0, -1e4], np.float32), (0,)) == 1


@pytest.mark.models
@pytest.mark.engine
class TestTheDefaultModel:
    @pytest.fixture(scope="class")
    def engine(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaEngine]:
        log: Path = tmp_path_factory.mktemp("ending") / "engine.log"
        model = ensure("nano", Silent()).model
        made = LlamaEngine(EngineConfig(model=model, device="cpu"), log)
        yield made
        made.close()

    @pytest.mark.parametrize(("begun", "whole"), PAIRS)
    def test_a_whole_sentence_ends_sooner_than_a_begun_one(self, engine, begun, whole) -> None:
        first, second = engine.ending([user(begun)]), engine.ending([user(whole)])
        assert 0 <= 5 * first < second <= 1

    def test_marks_make_no_difference(self, engine) -> None:
        bare, marked = (engine.ending([user(f"What is the time{mark}")]) for mark in ("", "?"))
        assert bare == pytest.approx(marked, rel=0.05)

    def test_nothing_is_known_of_no_words(self, engine) -> None:
        assert engine.ending([user("...")]) is None

    def test_a_cancelled_one_is_not_known(self, engine) -> None:
        cancel = Cancel()
        cancel.ask()
        assert engine.ending([user("Some words that are new")], cancel=cancel) is None

    def test_an_answer_evaluates_little_behind_it(self, engine) -> None:
        asked = [user("What is the capital of the country north of Italy and east of France?")]
        engine.ending(asked)
        *_, finished = engine.stream(asked, Options(max_tokens=1))
        receipt = finished.receipt
        assert receipt.prompt_tokens - receipt.cached_tokens <= 8
