"""Choosing tokens: greedy, drawn, penalised, and held to a grammar."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from edgeomni.engine.brain import Brain
from edgeomni.engine.client import LlamaEngine
from edgeomni.engine.config import EngineConfig
from edgeomni.engine.grammar.schema import to_grammar
from edgeomni.engine.sampling import Sampler
from edgeomni.errors import EngineError, SchemaError
from edgeomni.values import Options
from tests.engine.samples import GREEDY, Listener, user

pytestmark = pytest.mark.engine

DRAWN = Options(temperature=1.5, top_k=0, top_p=1.0, min_p=0.0, max_tokens=24)
QUESTION = [user("what is the sea?")]


def say(brain: Brain, options: Options, grammar: str = "", messages=QUESTION) -> str:
    listener = Listener()
    brain.answer(messages, options, "chat", listener, grammar)
    return listener.text


def tokens(brain: Brain, options: Options, grammar: str = "") -> list[int]:
    say(brain, options, grammar)
    prompt, _ = brain.prompt(QUESTION, options)
    return brain.lanes["chat"].items[len(prompt) :]


# ── greedy ───────────────────────────────────────────────────────────────────────────────────────


def test_greedy_takes_the_likeliest_token_each_time(brain):
    brain = brain("llama")
    said = tokens(brain, GREEDY)
    lane, prompt = brain.lanes["chat"], brain.prompt(QUESTION, GREEDY)[0]
    lane.forget()
    lane.evaluate(prompt, lambda: False)
    for token in said:
        assert token == int(brain.context.logits().argmax())
        lane.step(token)


@pytest.mark.parametrize(
    "changes",
    [
        {"temperature": 1.5, "top_k": 1},
        {"temperature": 1e-4},
        {"temperature": 0, "seed": 5, "top_p": 0.1},
        {"temperature": 0, "repeat_penalty": 1.0},
        {"temperature": -1.0},
    ],
)
def test_what_leaves_one_choice_is_greedy(brain, changes):
    brain = brain("llama")
    assert tokens(brain, replace(GREEDY, **changes)) == tokens(brain, GREEDY)


# ── drawn ────────────────────────────────────────────────────────────────────────────────────────


def test_a_seed_makes_an_answer_repeatable(brain):
    brain = brain("llama")
    said = {seed: tokens(brain, replace(DRAWN, seed=seed)) for seed in range(5)}
    assert said == {seed: tokens(brain, replace(DRAWN, seed=seed)) for seed in range(5)}
    assert len(set(map(tuple, said.values()))) == 5


def test_without_a_seed_answers_differ(brain):
    brain = brain("llama")
    assert len({tuple(tokens(brain, DRAWN)) for _ in range(4)}) > 1


@pytest.mark.parametrize("seed", [0, -1, 1 << 31, 1 << 40])
def test_any_whole_number_is_a_seed(brain, seed):
    brain = brain("llama")
    assert tokens(brain, replace(DRAWN, seed=seed)) == tokens(brain, replace(DRAWN, seed=seed))


@pytest.mark.parametrize("changes", [{"top_k": 2}, {"top_p": 0.2}, {"min_p": 0.9}])
def test_each_bound_narrows_the_choice(brain, changes):
    brain = brain("llama")

    def variety(options: Options) -> int:
        firsts = [tokens(brain, replace(options, seed=s, max_tokens=2))[:1] for s in range(30)]
        return len({tuple(first) for first in firsts})

    assert variety(replace(DRAWN, **changes)) < variety(DRAWN)


def test_a_repeat_penalty_repeats_less(brain):
    brain = brain("llama")

    def repeats(options: Options) -> int:
        said = tokens(brain, replace(options, max_tokens=200))
        return len(said) - len(set(said))

    loose = [replace(DRAWN, temperature=0.7, seed=seed) for seed in range(6)]
    tight = [replace(options, repeat_penalty=2.0) for options in loose]
    assert sum(map(repeats, tight)) < sum(map(repeats, loose))


# ── held to a grammar ────────────────────────────────────────────────────────────────────────────

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 12},
        "kind": {"enum": ["sea", "sound"]},
        "parts": {"type": "array", "items": {"type": "integer"}, "maxItems": 3},
    },
    "required": ["name", "kind", "parts"],
    "additionalProperties": False,
}


def assert_holds(text: str) -> None:
    value = json.loads(text)
    assert set(value) == {"name", "kind", "parts"}
    assert isinstance(value["name"], str) and len(value["name"]) <= 12
    assert value["kind"] in ("sea", "sound")
    assert len(value["parts"]) <= 3 and all(isinstance(part, int) for part in value["parts"])


@pytest.mark.parametrize("seed", range(20))
def test_every_answer_satisfies_its_schema(brain, seed):
    options = replace(DRAWN, seed=seed, max_tokens=400, repeat_penalty=1.0 + seed % 2 * 0.3)
    assert_holds(say(brain(("llama", "gemma3")[seed % 2]), options, to_grammar(SCHEMA)))


def test_a_greedy_answer_satisfies_it_too(brain):
    assert_holds(say(brain("llama"), replace(GREEDY, max_tokens=400), to_grammar(SCHEMA)))


def test_a_grammar_takes_the_likeliest_of_what_it_allows(brain):
    brain = brain("llama")
    options = replace(GREEDY, max_tokens=1)
    say(brain, options)
    letters = {letter: brain.model.tokenize(letter)[0] for letter in "abc"}
    lane, prompt = brain.lanes["chat"], brain.prompt(QUESTION, GREEDY)[0]
    lane.evaluate(prompt, lambda: False)
    logits = brain.context.logits()
    likeliest = max("abc", key=lambda letter: logits[letters[letter]])
    assert say(brain, options, 'root ::= "a" | "b" | "c"') == likeliest


def test_the_answer_ends_where_the_grammar_does(brain):
    assert say(brain("llama"), replace(DRAWN, seed=1), 'root ::= "yes"') == "yes"


def test_a_grammar_of_letters_beyond_ascii_is_spelt_in_whole_characters(brain):
    brain = brain("llama")
    for seed in range(5):
        text = say(brain, replace(DRAWN, seed=seed, max_tokens=60), "root ::= [é-ü海🙂]{3}")
        assert len(text) == 3 and "\ufffd" not in text


@pytest.mark.parametrize("seed", range(4))
def test_an_answer_that_was_begun_is_finished_by_its_grammar(brain, seed):
    begun = '{"name": "se'
    options = replace(DRAWN, seed=seed, max_tokens=400, continuation=begun)
    assert_holds(begun + say(brain("llama"), options, to_grammar(SCHEMA)))


def test_a_beginning_that_the_grammar_forbids_is_refused(brain):
    with pytest.raises(SchemaError):
        say(brain("llama"), replace(GREEDY, continuation="no"), 'root ::= "yes"')


@pytest.mark.parametrize("thinking", [None, True, False])
def test_a_grammar_holds_the_answer_of_a_model_that_thinks(brain, thinking):
    """Its prompt ends with an opened thought, and the grammar allows no end of one."""
    brain, listener = brain("thinker"), Listener()
    options = replace(DRAWN, seed=1, max_tokens=400, schema=SCHEMA, thinking=thinking)
    brain.answer(QUESTION, options, "chat", listener, to_grammar(SCHEMA))
    assert_holds(listener.text)
    assert listener.thought == ""


def test_an_answer_that_goes_on_is_not_taken_for_a_thought(brain):
    brain, listener = brain("thinker"), Listener()
    options = replace(DRAWN, seed=1, continuation="the sea", max_tokens=3)
    brain.answer(QUESTION, options, "chat", listener, "")
    assert listener.text
    assert listener.thought == ""


@pytest.mark.parametrize(
    "grammar",
    [
        "root ::= undefined",
        "no-root ::= [a]",
        "root ::= [a",
        "root ::= root",
        'root ::= (""*)* "a"',
        'root ::= root "a"',
        "root ::= (",
        "root",
        "::=",
        "\0",
        'root ::= "a"{999999999}',
        "root ::= " + "(" * 2000 + '"a"' + ")" * 2000,
    ],
)
def test_a_grammar_that_is_none_is_an_error(worker, grammar):
    with pytest.raises(SchemaError) as caught:
        list(worker.stream(QUESTION, replace(GREEDY, grammar=grammar)))
    assert caught.value.remedy


@pytest.mark.parametrize("grammar", ['root ::= ("a"*)*', 'root ::= "a"+', "root ::= "])
def test_a_grammar_that_can_go_on_for_ever_ends_with_the_answer(worker, grammar):
    from edgeomni.values import Finished, TextDelta

    options = replace(GREEDY, grammar=grammar, max_tokens=5)
    events = list(worker.stream(QUESTION, options))
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert set(text) <= {"a"}
    assert isinstance(events[-1], Finished)


@pytest.fixture(scope="module")
def worker(tiny, tmp_path_factory) -> Iterator[LlamaEngine]:
    """In a process of its own: an invalid grammar has ended processes before."""
    log = tmp_path_factory.mktemp("worker") / "engine.log"
    engine = LlamaEngine(EngineConfig(tiny("llama").model, threads=1), log)
    yield engine
    engine.close()


# ── what llama.cpp would not survive ─────────────────────────────────────────────────────────────


def test_a_dead_end_is_an_error(brain):
    """No token at all fits: accepting one would end the process."""
    brain = brain("llama")
    prompt, _ = brain.prompt(QUESTION, GREEDY)
    brain.lanes["chat"].evaluate(prompt, lambda: False)
    grammar = 'root ::= "a" ([\\U00110000-\\U00110001] | <[999999]>)'  # no text, no such token
    sampler = Sampler(brain.model, GREEDY, grammar)
    with pytest.raises(EngineError):
        for _ in range(3):
            sampler.pick(brain.context)
    sampler.close()


def test_logits_are_asked_for_only_where_there_are_some(brain):
    with pytest.raises(ValueError, match="no logits"):
        brain("llama").context.logits()


def test_closing_a_sampler_twice_frees_it_once(brain):
    sampler = Sampler(brain("llama").model, DRAWN, 'root ::= "a"')
    sampler.close()
    sampler.close()
