"""A JSON text satisfies a schema, or the place is named where it does not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from edgeomni.engine.grammar.gbnf import check
from edgeomni.engine.grammar.schema import to_grammar
from edgeomni.engine.grammar.validate import problem
from edgeomni.engine.grammar.walk import Walk
from tests.engine.test_schema import CASES, FORMAT_CASES, PERSON, TREE, schemas


@pytest.mark.parametrize(("schema", "right", "wrong"), CASES)
def test_what_satisfies_a_schema_has_no_problem(schema, right, wrong):
    assert [text for text in right if problem(schema, text)] == []


@pytest.mark.parametrize(("name", "right", "wrong"), FORMAT_CASES)
def test_what_does_not_have_a_format_is_a_problem(name, right, wrong):
    schema = {"type": "string", "format": name}
    for text in wrong:
        assert "does not have the format" in problem(schema, json.dumps(text))


@given(schemas)
def test_what_a_grammar_lets_through_satisfies_its_schema(schema):
    way = Walk(check(to_grammar(schema)))
    assert problem(schema, way.ending(way.start)) == ""


@pytest.mark.parametrize(
    ("schema", "text", "message"),
    [
        (PERSON, '{"name": "Ada', "it is no JSON"),
        (PERSON, '{"name": NaN}', "it is no JSON"),
        (PERSON, '{"name": "Ada"} and more', "it is no JSON"),
        ({"type": "number"}, "-1e999", "-1e999 is larger than any number"),
        (PERSON, '{"age": 3}', "at #, 'name' is missing"),
        (PERSON, '{"name": 3}', "at #/name, it is no string"),
        (PERSON, '{"name": "x", "y": 1}', "'y' is not among the properties"),
        (TREE, '{"value":1,"children":[{"value":"x"}]}', "at #/children/0/value, it is no number"),
        ({"enum": [1, "a"]}, "true", "none of the values"),
        ({"const": [1]}, "[true]", "it is not [1]"),
        ({"type": "integer"}, "1.5", "it is no integer"),
        ({"type": "integer", "maximum": 3}, "4", "beyond the 'maximum' of 3"),
        ({"type": "number", "exclusiveMinimum": 0}, "0", "beyond the 'exclusiveMinimum'"),
        ({"type": "array", "minItems": 2}, "[1]", "fewer than 'minItems'"),
        ({"type": "array", "items": {"type": "null"}}, "[null, 0]", "at #/1, it is no null"),
        ({"prefixItems": [{"type": "null"}]}, "[0]", "at #/0, it is no null"),
        ({"type": "string", "maxLength": 1}, '"ab"', "more than 'maxLength'"),
        ({"type": "string", "pattern": "^a"}, '"b"', "does not have the pattern"),
        ({"anyOf": [{"type": "null"}, PERSON]}, "{}", "no part of 'anyOf'"),
        ({"allOf": [{"type": "object"}, {"required": ["a"]}]}, "{}", "'a' is missing"),
        (
            {"properties": {"a": {"type": "null"}}, "additionalProperties": {"type": "string"}},
            '{"a": null, "b": 1}',
            "at #/b, it is no string",
        ),
    ],
)
def test_what_does_not_satisfy_it_is_named_with_its_place(schema, text, message):
    assert message in problem(schema, text)


@pytest.mark.parametrize("text", ["1", "1.0", "1e0"])
def test_numbers_are_equal_however_they_are_written(text):
    assert problem({"const": 1}, text) == ""


def test_a_text_nested_without_end_is_a_problem_and_no_crash():
    assert problem({}, "[" * 100_000)
