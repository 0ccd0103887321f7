"""A JSON schema becomes a grammar that llama.cpp takes and that enforces it, or a clear error."""

from __future__ import annotations

import ctypes
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeomni.engine.grammar.formats import FORMATS
from edgeomni.engine.grammar.schema import check, to_grammar
from edgeomni.engine.grammar.walk import Walk
from edgeomni.errors import SchemaError

PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name"],
    "additionalProperties": False,
}
TREE = {
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "value": {"type": "number"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            },
            "required": ["value"],
        }
    },
    "$ref": "#/$defs/node",
}
# name, texts that have the format and must be possible, texts that must not
FORMAT_CASES = [
    ("date", ["2025-12-31", "2024-02-29"], ["2025-13-01", "2025-02-29", "2025-04-31", "25-1-1"]),
    ("date", ["2000-02-29", "0800-12-25"], ["1900-02-29", "0000-01-01", "2025-00-10"]),
    ("time", ["23:59:59Z", "08:00:00.5+01:00"], ["24:00:00Z", "08:00"]),
    ("date-time", ["2025-12-31T23:59:59Z"], ["2025-12-31", "2025-02-30T00:00:00Z"]),
    ("duration", ["P3D", "PT15M", "P1Y2M3DT4H5M6.5S", "P2W", "PT1H30S"], ["15 min", "P", "PT"]),
    ("duration", ["P1M", "P1DT1M", "PT86400S"], ["P1H", "PT1D", "P1W2D", "1:30"]),
    ("uuid", ["01234567-89ab-CDEF-0123-456789abcdef"], ["0123"]),
    ("email", ["a@b.c", "ada.lovelace+x@mail.example.org"], ["1", "a@b", "a..b@c.d", ".a@b.c"]),
    ("hostname", ["localhost", "a-b.example.org"], ["-a.org", "a-.org", "a_b", "a..b", ""]),
    ("ipv4", ["127.0.0.1", "255.249.99.0"], ["256.1.1.1", "1.2.3", "01.2.3.4"]),
    ("ipv6", ["::", "::1", "fe80::1:2", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4"], ["1::2::3", "1:2"]),
    ("uri", ["https://example.org/a?b=c#d", "mailto:a@b.c"], ["example.org/a", "http://a b", "x:"]),
]
# schema, texts that satisfy it and must be possible, texts that must not
CASES = [
    (PERSON, ['{"name":"Ada"}', '{ "name": "Ada", "age": 36 }'], ['{"age":36}', '{"name":1}']),
    (PERSON, ['{\n  "name": "a\\"b\\u00e9 é"\n}'], ['{"name":"a\nb"}', '{"name":"x","y":1}', ""]),
    (TREE, ['{"value":1.5,"children":[{"value":-2e3}]}'], ['{"value":1,"children":[1]}']),
    ({}, ["null", '{"a":[1,"x",true]}'], ["nul", "{a:1}"]),
    ({"type": "object"}, ["{}", '{"a":{}}'], ["[]"]),
    ({"enum": ['a"b', "c\\d", "e\nf", 3, None]}, ['"a\\"b"', '"c\\\\d"', '"e\\nf"', "3"], ['"a"']),
    ({"const": {"a": [1]}}, ['{"a": [1]}'], ['{"a": [2]}']),
    ({"type": "string", "enum": ["x", 1]}, ['"x"'], ["1"]),
    ({"type": ["string", "null"], "minLength": 3}, ['"abc"', "null"], ['"ab"']),
    ({"anyOf": [{"type": "integer"}, PERSON]}, ["7", '{"name":"x"}'], ['"7"']),
    ({"type": "string", "oneOf": [{"maxLength": 1}, {"const": "abc"}]}, ['"a"', '"abc"'], ['"ab"']),
    ({"allOf": [PERSON]}, ['{"name":"x"}'], ["{}"]),
    (
        {
            "allOf": [{"$ref": "#/$defs/a"}, {"required": ["a"]}],
            "$defs": {"a": {"properties": {"a": {"type": "null"}}}},
        },
        ['{"a":null}'],
        ["{}"],
    ),
    (
        {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 3},
        ["[1,2]", "[1, 2, 3]"],
        ["[1]", "[1,2,3,4]"],
    ),
    ({"type": "array", "maxItems": 0}, ["[]"], ["[1]"]),
    ({"type": "array", "items": {"type": "null"}}, ["[]", "[null,null]"], ["[1]"]),
    (
        {"prefixItems": [{"type": "string"}, {"type": "integer"}]},
        ['["a",1]'],
        ['[1,"a"]', '["a",1,2]'],
    ),
    (
        {"prefixItems": [{"type": "string"}], "items": {"type": "integer"}, "minItems": 2},
        ['["a",1]'],
        ['["a"]'],
    ),
    ({"type": "string", "minLength": 1, "maxLength": 2}, ['"a"', '"ab"', '"\\n"'], ['""', '"abc"']),
    ({"type": "string", "maxLength": 99999}, ['"abc"'], ["1"]),
    *(
        (
            {"type": "string", "format": name},
            [json.dumps(text) for text in right],
            [json.dumps(text) for text in wrong],
        )
        for name, right, wrong in FORMAT_CASES
    ),
    ({"type": "string", "format": "uri", "minLength": 1, "maxLength": 2083}, ['"a:b"'], ['""']),
    ({"type": "string", "format": "password", "maxLength": 2}, ['"ab"'], ['"abc"']),
    ({"type": "integer", "format": "int64", "minimum": 0}, ["7"], ["-7"]),
    ({"type": ["string", "null"], "format": "date"}, ["null", '"2025-12-31"'], ['"soon"', "1"]),
    (
        {"type": "integer", "minimum": 1, "maximum": 120},
        ["1", "9", "10", "99", "120"],
        ["0", "121", "01", "-1"],
    ),
    (
        {"type": "integer", "minimum": -12, "maximum": -3},
        ["-12", "-3", "-9"],
        ["-13", "-2", "3", "-1"],
    ),
    ({"type": "integer", "exclusiveMinimum": 0}, ["1", "1234567"], ["0", "-1"]),
    (
        {"type": "integer", "minimum": 95, "maximum": 1234},
        ["95", "999", "1000", "1234"],
        ["94", "1235", "2000"],
    ),
    (
        {"type": "number", "minimum": 0, "maximum": 1},
        ["0", "0.5", "1", "1.0"],
        ["1.5", "2", "-0.1"],
    ),
    ({"type": "number"}, ["-1.5e99", "0.25E-20", "3"], ["1e999", "-1e999"]),
    ({"type": "number", "minimum": -1}, ["-1", "-0.5", "0.25", "17.5"], ["-1.5", "-2"]),
    (
        {"type": "object", "properties": {"a": {"type": "integer"}, "ab": {}, "c": {"const": 1}}},
        ["{}", '{"a":1}', '{"ab":[],"c":1}'],
        ['{"c":1,"a":1}', '{"d":1}'],
    ),
    (
        {
            "type": "object",
            "properties": {"a": {"type": "integer"}},
            "additionalProperties": {"type": "string"},
        },
        ['{"a":1,"b":"x"}', '{"ab":"x"}', '{"b":"x","cd":"y"}', "{}"],
        ['{"b":1}', '{"a":1,"a":"x"}', '{"a":"x"}'],
    ),
    (
        {
            "type": "object",
            "required": ["z"],
            "properties": {"a": {"type": "null"}},
            "additionalProperties": True,
        },
        ['{"z":1}', '{"z":1,"a":null,"k":2}'],
        ['{"a":null}'],
    ),
    ({"type": "string", "pattern": "^[a-c]+\\d{2}$"}, ['"abc42"'], ['"abc4"', '"x42"']),
    ({"type": "string", "pattern": "^(?:yes|no)$"}, ['"yes"', '"no"'], ['"maybe"']),
    ({"type": "string", "pattern": "b.d"}, ['"bad"', '"a bed."'], ['"abd"']),
    ({"type": "string", "pattern": '^["\\\\]\\w*$'}, ['"\\"x"', '"\\\\"'], ['"x"', '"""']),
    ({"type": "string", "pattern": "^[^a]$"}, ['"b"'], ['"a"', '"""']),
]


@pytest.fixture(scope="module")
def vocabulary(tiny):
    """The vocabulary of a real GGUF file, as llama.cpp holds it."""
    from llama_cpp import llama_cpp as c

    c.llama_backend_init()
    quiet = c.llama_log_callback(lambda *_: None)
    c.llama_log_set(quiet, None)
    params = c.llama_model_default_params()
    params.vocab_only = True
    model = c.llama_model_load_from_file(str(tiny("llama").model).encode(), params)
    yield c.llama_model_get_vocab(model)
    c.llama_model_free(model)
    c.llama_log_set(c.llama_log_callback(0), None)


def sampler(vocabulary, grammar):
    from llama_cpp import llama_cpp as c

    return c.llama_sampler_init_grammar(vocabulary, grammar.encode(), b"root")


def allows(vocabulary, grammar, text):
    """Whether llama.cpp would let a model write exactly this text and end there."""
    from llama_cpp import llama_cpp as c

    data = text.encode()
    tokens = (c.llama_token * (len(data) + 1))()
    count = c.llama_tokenize(vocabulary, data, len(data), tokens, len(tokens), False, False)
    chain = sampler(vocabulary, grammar)
    assert chain
    try:
        for token in [*tokens[:count], c.llama_vocab_eos(vocabulary)]:
            one = (c.llama_token_data * 1)(c.llama_token_data(token, 1.0, 0.0))
            candidates = c.llama_token_data_array(one, 1, -1, False)
            c.llama_sampler_apply(chain, ctypes.byref(candidates))
            if one[0].logit == float("-inf"):
                return False
            c.llama_sampler_accept(chain, token)
    finally:
        c.llama_sampler_free(chain)
    return True


@pytest.mark.engine
@pytest.mark.parametrize(("schema", "right", "wrong"), CASES)
def test_llama_cpp_writes_what_satisfies_the_schema_and_nothing_else(
    vocabulary, schema, right, wrong
):
    grammar = to_grammar(schema)
    assert [text for text in right if not allows(vocabulary, grammar, text)] == []
    assert [text for text in wrong if allows(vocabulary, grammar, text)] == []


@pytest.mark.parametrize(("schema", "right", "wrong"), CASES)
def test_every_grammar_of_a_schema_passes_the_check(schema, right, wrong):
    check(to_grammar(schema))


@pytest.mark.parametrize(("schema", "right", "wrong"), CASES)
def test_the_examples_of_right_answers_are_json(schema, right, wrong):
    for text in right:
        json.loads(text)


names = st.text('ab"\\\n]-^é', max_size=4)
leaves = st.sampled_from(
    [{"type": t} for t in ("string", "integer", "number", "boolean", "null", "object", "array")]
    + [{"type": "integer", "minimum": 3, "maximum": 70}, {"enum": ["x", '"']}, {}]
)
schemas = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {
                "type": st.just("object"),
                "properties": st.dictionaries(names, inner, max_size=4),
                "required": st.lists(names, max_size=2),
                "additionalProperties": inner,
            }
        ),
        st.fixed_dictionaries(
            {"type": st.just("array"), "items": inner, "minItems": st.integers(0, 3)}
        ),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=3)}),
    ),
    max_leaves=8,
)


@pytest.mark.engine
@given(schemas)
def test_whatever_schema_is_taken_llama_cpp_takes_its_grammar(vocabulary, schema):
    from llama_cpp import llama_cpp as c

    grammar = to_grammar(schema)
    check(grammar)
    chain = sampler(vocabulary, grammar)
    assert chain
    c.llama_sampler_free(chain)


@given(st.integers(-2000, 2000), st.integers(-2000, 2000), st.integers(-2500, 2500))
def test_integer_bounds_hold_for_every_integer(low, high, value):
    import re

    low, high = min(low, high), max(low, high)
    grammar = to_grammar({"type": "integer", "minimum": low, "maximum": high})
    rules = dict(line.split(" ::= ") for line in grammar.splitlines())
    pattern = rules[rules["root"]].replace('"', "").replace(" ", "")
    assert bool(re.fullmatch(pattern, str(value))) == (low <= value <= high)


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ([], "a schema is an object"),
        (False, "a schema is an object"),
        ({"type": "text"}, "at #, there is no type 'text'"),
        ({"properties": {"a": {"type": "text"}}}, "at #/properties/a, there is no type"),
        ({"properties": {"a": False}}, "at #/properties/a, 'false' allows no answer"),
        ({"properties": []}, "'properties' is an object"),
        ({"items": 3}, "at #/items, a schema is an object"),
        ({"$ref": "https://example.org/s.json"}, "nothing is ever fetched"),
        ({"$ref": "other.json#/a"}, "nothing is ever fetched"),
        ({"$ref": "#/$defs/a"}, "'#/$defs/a' leads nowhere"),
        ({"$ref": 3}, "nothing is ever fetched"),
        ({"$ref": "#"}, "refers to itself"),
        ({"anyOf": [{"$ref": "#"}, {"type": "null"}]}, "refers to itself"),
        ({"$ref": "#/a", "minItems": 3, "a": {}}, "beside '$ref' cannot be enforced"),
        ({"type": "array", "uniqueItems": True}, "'uniqueItems' cannot be enforced"),
        ({"not": {"type": "null"}}, "'not' cannot be enforced"),
        ({"type": "object", "patternProperties": {}}, "'patternProperties' cannot be enforced"),
        ({"type": "object", "minProperties": 1}, "'minProperties' cannot be enforced"),
        ({"if": {}, "then": {}}, "'if' cannot be enforced"),
        ({"type": "number", "multipleOf": 0.1}, "'multipleOf' cannot be enforced"),
        ({"type": "number", "minimum": 0.5}, "only whole, inclusive bounds"),
        ({"type": "integer", "minimum": 3, "maximum": 2}, "no number lies between"),
        ({"type": "integer", "minimum": "3"}, "'minimum' is a number"),
        ({"minimum": 3}, "'type' is missing"),
        ({"type": "string", "pattern": "(?=a)"}, "has no counterpart"),
        ({"type": "string", "pattern": "a(b"}, "a bracket is not closed"),
        ({"type": "string", "pattern": "a", "minLength": 3}, "only one of pattern"),
        ({"type": "string", "format": "email", "maxLength": 9}, "only one of pattern"),
        ({"type": "string", "format": "regex"}, "the format 'regex' cannot be enforced"),
        ({"type": "string", "format": 3}, "'format' is a text"),
        ({"type": "integer", "format": "int32"}, "the format 'int32' cannot be enforced"),
        ({"type": "string", "contentEncoding": "base64"}, "'contentEncoding' cannot be enforced"),
        ({"type": "string", "contentMediaType": "a/b"}, "'contentMediaType' cannot be enforced"),
        ({"type": "string", "minLength": 5000}, "'minLength' is larger than"),
        ({"type": "string", "minLength": -1}, "'minLength' is a number"),
        ({"type": "string", "enum": [1]}, "no value of 'enum' has the declared type"),
        ({"enum": []}, "'enum' is a list of values"),
        ({"enum": ["a"], "minLength": 3}, "'minLength' beside 'enum'"),
        ({"anyOf": []}, "'anyOf' is a list"),
        ({"anyOf": [{}], "properties": {}}, "'properties' beside 'anyOf'"),
        ({"required": ["a"], "additionalProperties": False}, "'a' is required but not among"),
        (
            {"allOf": [{"properties": {"a": {}}}, {"properties": {"a": {"type": "null"}}}]},
            "'properties' differs",
        ),
    ],
)
def test_what_cannot_be_enforced_is_named_with_its_place(schema, message):
    with pytest.raises(SchemaError) as caught:
        to_grammar(schema)
    assert message in caught.value.happened
    assert caught.value.remedy


@pytest.mark.parametrize("name", FORMATS)
def test_the_shortest_text_of_a_format_is_as_long_as_its_bound_says(name):
    way = Walk(check(f"root ::= {FORMATS[name].body}\n"))
    assert len(way.ending(way.start)) == FORMATS[name].least


def test_a_bomb_of_references_stays_small():
    defs = {f"d{i}": {"prefixItems": [{"$ref": f"#/$defs/d{i + 1}"}] * 2} for i in range(25)}
    defs["d25"] = {"type": "null"}
    assert len(to_grammar({"$ref": "#/$defs/d0", "$defs": defs})) < 10_000


def test_a_schema_nested_too_deeply_is_refused():
    schema: dict = {}
    for _ in range(200):
        schema = {"type": "array", "items": schema}
    with pytest.raises(SchemaError, match="nested deeper"):
        to_grammar(schema)


def test_a_schema_with_too_many_parts_is_refused():
    with pytest.raises(SchemaError, match="parts"):
        to_grammar({"properties": {str(i): {} for i in range(3000)}})


def test_the_schema_itself_is_not_changed():
    before = json.dumps(TREE)
    to_grammar(TREE)
    assert json.dumps(TREE) == before


# ── grammars of the user's ───────────────────────────────────────────────────────────────────────

GOOD = [
    'root ::= "yes" | "no"',
    'root ::= item+\n\n# a list\nitem ::= "- " [^\\r\\n\\x0b]+ "\\n"\n',
    'root ::= (\n  "a"\n  | b{2,3}\n)? .*\nb ::= [a-z\\]\\-]{3} "\\""',
    'root  ::= (expr "=" ws term "\\n")+\nexpr  ::= term ([-+*/] term)*\n'
    'term  ::= num | "(" ws expr ")" ws\nnum   ::= [0-9]+ ws\nws    ::= [ \\t\\n]*',
    'root ::= | "a"',
    'root ::= ("a" ("b")?) ("c" ("d"){2})*',
]


@pytest.mark.parametrize("grammar", GOOD)
def test_a_valid_grammar_passes(grammar):
    check(grammar)


@pytest.mark.engine
@pytest.mark.parametrize("grammar", GOOD)
def test_a_grammar_that_passes_is_taken_by_llama_cpp(vocabulary, grammar):
    from llama_cpp import llama_cpp as c

    chain = sampler(vocabulary, grammar)
    assert chain
    c.llama_sampler_free(chain)


BAD = [
    ("", "no rule named 'root' (line 1, column 1)"),
    ('start ::= "a"', "no rule named 'root'"),
    ("root = 'a'", "'::=' was expected (line 1, column 6)"),
    ('root ::= "a', "is not closed (line 1, column 10)"),
    ('root ::= "a\\q"', "an unknown escape (line 1, column 12)"),
    ('root ::= [a-z\nb ::= "x"', "is not closed"),
    ("root ::= []", "an empty set of characters"),
    ('root ::= ("a"', "this bracket is not closed (line 1, column 10)"),
    ('root ::= "a")', "the end of the line was expected (line 1, column 13)"),
    ('root ::= "a"\nb ::= c', "the rule 'c' is not defined (line 2, column 7)"),
    ("root ::= *", "nothing stands before '*'"),
    ('root ::= "a"{x}', "a repetition was expected"),
    ('root ::= "a"{3001}', "more than 2000 repetitions"),
    ('root ::= root "a" | "b"', "'root' begins with itself"),
    ('root ::= b\nb ::= "x"? c\nc ::= b "y"', "begins with itself"),
    ('root ::= ("a" | "")*', "what may be empty is repeated without end"),
    ("root ::= " + "(" * 200, "nested deeper than 100"),
    ('root ::= "a"\0', "a NUL character"),
    ("root ::= <", "a token was expected"),
]


@pytest.mark.parametrize(("grammar", "message"), BAD)
def test_an_invalid_grammar_is_an_error_with_its_place(grammar, message):
    with pytest.raises(SchemaError) as caught:
        check(grammar)
    assert message in caught.value.happened


@given(st.text('abr()[]{}"*+?|:=\\ \n#-,123<>!.', max_size=40))
def test_no_text_breaks_the_check(text):
    try:
        check("root ::= " + text)
    except SchemaError as error:
        assert error.remedy


pieces = st.sampled_from(
    [
        *("a", "root", '"x"', '""', "[a-z]", "[^]", "(", ")", " | ", "*", "+", "?", "{2,3}", "{0}"),
        *(".", "\n", "\nb ::= ", " ", " # c\n", "\\", '"', "[", "]", "{", "\na ::= "),
    ]
)


@pytest.mark.engine
@given(st.lists(pieces, max_size=10).map("".join))
def test_what_passes_the_check_is_taken_by_llama_cpp(vocabulary, text):
    from llama_cpp import llama_cpp as c

    grammar = "root ::= " + text
    try:
        check(grammar)
    except SchemaError:
        return
    chain = sampler(vocabulary, grammar)
    assert chain
    c.llama_sampler_free(chain)
