"""A text is followed through a grammar, and from everywhere there is a shortest way to its end."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeomni.engine.grammar.gbnf import check
from edgeomni.engine.grammar.schema import to_grammar
from edgeomni.engine.grammar.walk import Unwalkable, Walk
from edgeomni.errors import SchemaError
from tests.engine.test_schema import CASES, GOOD, schemas


def walk(grammar: str) -> Walk:
    return Walk(check(grammar))


@pytest.mark.parametrize(("schema", "right", "wrong"), CASES)
def test_it_follows_what_satisfies_the_schema_and_nothing_else(schema, right, wrong):
    way = walk(to_grammar(schema))
    for text in right:
        state = way.after(way.start, text)
        assert state is not None and state.may_end, text
    for text in wrong:
        state = way.after(way.start, text)
        assert state is None or not state.may_end, text


@pytest.mark.parametrize(("schema", "right", "wrong"), CASES)
def test_every_beginning_can_be_ended_and_the_cost_is_right(schema, right, wrong):
    way = walk(to_grammar(schema))
    for text in right:
        for size in range(len(text) + 1):
            state = way.after(way.start, text[:size])
            ending = way.ending(state)
            assert len(ending.encode()) == state.cost
            json.loads(text[:size] + ending)
            assert way.after(state, ending).may_end


@given(schemas)
def test_the_shortest_answer_to_any_schema_is_one(schema):
    way = walk(to_grammar(schema))
    shortest = way.ending(way.start)
    json.loads(shortest)
    assert way.after(way.start, shortest).may_end


@pytest.mark.parametrize(
    ("grammar", "shortest"),
    [
        ('root ::= "yes" | "no"', "no"),
        ('root ::= "a" root | "b"', "b"),
        ('root ::= [^\\r\\n]{3} "\\n"', "   \n"),
        ("root ::= [\\x00-\\x1F]", "\0"),
        ("root ::= [é-ü]", "é"),
        ('root ::= ("ab" | "c"){2,5} "d"?', "cc"),
        ('root ::= x*\nx ::= y | "x"\ny ::= ""', ""),
        ("root ::= .", " "),
    ],
)
def test_the_shortest_text_is_found(grammar, shortest):
    way = walk(grammar)
    assert way.ending(way.start) == shortest


@pytest.mark.parametrize("grammar", GOOD)
def test_the_shortest_text_satisfies_its_grammar(grammar):
    way = walk(grammar)
    assert way.after(way.start, way.ending(way.start)).may_end


def test_a_grammar_without_an_end_is_refused():
    with pytest.raises(SchemaError, match="No finite answer"):
        walk('root ::= "a" root')


def test_a_schema_that_contains_itself_without_a_way_out_is_refused():
    endless = {"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]}
    with pytest.raises(SchemaError, match="No finite answer"):
        walk(to_grammar(endless))


def test_a_grammar_of_tokens_cannot_be_walked():
    with pytest.raises(Unwalkable):
        walk("root ::= <[12]>")


def test_a_grammar_of_too_many_ways_is_given_up():
    with pytest.raises(Unwalkable):
        walk("root ::= a a a a a a a a\na ::= b{0,2000}\nb ::= [a-z]{0,2000}")


@given(st.text(max_size=30))
def test_no_text_breaks_the_walk(text):
    way = walk(to_grammar({"type": "array", "items": {"type": "string"}}))
    state = way.after(way.start, text)
    assert state is None or state.cost >= 0
