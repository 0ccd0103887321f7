"""Answers with a shape are whole, however few tokens there are and whatever the model says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.goals.shapes import answer, cases
from edgeomni.catalog import ensure
from edgeomni.catalog.progress import Silent
from edgeomni.engine.client import LlamaEngine
from edgeomni.engine.config import EngineConfig
from edgeomni.engine.grammar.formats import FORMATS
from edgeomni.engine.grammar.schema import to_grammar
from edgeomni.engine.grammar.validate import problem
from edgeomni.errors import IncompleteAnswer
from edgeomni.values import Options
from tests.engine.samples import Listener, user

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "likes": {"type": "array", "items": {"type": "string"}},
        "born": {"type": "string", "format": "date"},
    },
    "required": ["name", "likes", "born"],
}
WILD = Options(temperature=2.0, top_k=0, top_p=1.0, min_p=0.0, seed=1)
"""Random weights at this temperature have no wish to end."""


def babble(brain, schema, room, **more):
    """What a model of random weights says within so many tokens."""
    listener = Listener()
    options = replace(WILD, max_tokens=room, schema=schema, **more)
    question = [user("who is it?")]
    receipt = brain.answer(question, options, "chat", listener, to_grammar(schema))
    return listener, receipt


@pytest.mark.engine
@pytest.mark.parametrize("room", [42, 60, 200])
@pytest.mark.parametrize("name", ["llama", "gemma3", "llava15"])
def test_a_model_that_never_ends_gives_whole_json(name, room, brain):
    made = brain(name)
    for seed in range(5):
        listener, receipt = babble(made, PERSON, room, seed=seed)
        assert problem(PERSON, listener.text) == "", listener.text
        assert receipt.completion_tokens <= room


@pytest.mark.engine
@pytest.mark.parametrize(("question", "schema"), cases())
def test_every_case_of_the_benchmark_is_whole_on_a_model_of_noise(question, schema, brain):
    listener, _ = babble(brain("llama"), schema, 160)
    assert problem(schema, listener.text) == "", listener.text


@pytest.mark.engine
@pytest.mark.parametrize("name", FORMATS)
def test_a_model_of_noise_keeps_to_every_format(name, brain):
    schema = {"type": "string", "format": name}
    listener, _ = babble(brain("llama"), schema, 80)
    assert problem(schema, listener.text) == "", listener.text


@pytest.mark.engine
def test_a_span_of_time_that_was_said_is_one_to_pydantic(brain):
    spans = pytest.importorskip("pydantic").TypeAdapter(timedelta)
    for seed in range(5):
        listener, _ = babble(brain("llama"), spans.json_schema(), 40, seed=seed)
        spans.validate_json(listener.text)


@pytest.mark.engine
def test_an_answer_that_was_ended_early_says_so(brain):
    listener, receipt = babble(brain("llama"), PERSON, 60)
    assert receipt.finish_reason == "length"
    assert [notice.code for notice in listener.notices] == ["ended-early"]


@pytest.mark.engine
def test_an_answer_that_ended_by_itself_says_nothing(brain):
    listener, receipt = babble(brain("llama"), {"const": "yes"}, 60)
    assert (listener.text, receipt.finish_reason) == ('"yes"', "stop")
    assert listener.notices == []


@pytest.mark.engine
def test_an_answer_that_cannot_fit_is_refused_before_it_begins(brain):
    with pytest.raises(IncompleteAnswer, match=r"takes \d+ tokens.* room for 5") as caught:
        babble(brain("llama"), {"const": "hello hello hello hello"}, 5)
    assert "--max-tokens" in caught.value.remedy


@pytest.mark.engine
def test_an_answer_that_goes_on_behind_its_beginning_is_whole(brain):
    begun = '{"name": "Ad'
    listener, _ = babble(brain("llama"), PERSON, 60, continuation=begun)
    assert json.loads(begun + listener.text)["name"].startswith("Ad")


@pytest.mark.engine
def test_a_grammar_of_the_users_is_brought_to_its_end_too(brain):
    listener = Listener()
    options = replace(WILD, max_tokens=20)
    grammar = 'root ::= "<" [a-z]* "/>"'
    brain("llama").answer([user("go")], options, "chat", listener, grammar)
    assert listener.text.startswith("<") and listener.text.endswith("/>")


@pytest.mark.models
@pytest.mark.slow
def test_the_embedded_model_answers_in_shape(tmp_path):
    engine = LlamaEngine(
        EngineConfig(ensure("nano", Silent()).model, device="cpu"), tmp_path / "engine.log"
    )
    try:
        for question, schema in cases()[:8]:
            text, _ = answer(engine, question, schema, seed=1)
            assert problem(schema, text) == "", (question, text)
    finally:
        engine.close()
