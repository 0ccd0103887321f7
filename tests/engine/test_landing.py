"""An answer held in shape by a grammar ends in time, whatever the model would rather say."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeomni.engine.grammar.landing import Landing, landing, speller
from edgeomni.engine.grammar.schema import to_grammar
from tests.engine.test_schema import schemas

WORDS = ['"', "hello", " world", "é", "日本", '{"', '":', '","', "12", "true", "\n", "}", "]"]
PIECES = [bytes([byte]) for byte in range(256)] + [word.encode() for word in WORDS]
SPELL = speller(lambda: enumerate(PIECES))
PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "langs": {"type": "array", "items": {"enum": ["é"]}},
    },
    "required": ["name", "langs"],
}


def land(schema: object, spell=SPELL) -> Landing:
    found = landing(to_grammar(schema), spell)
    assert found is not None
    return found


def answer(schema: object, room: int, wishes: Iterator[list[bytes]]) -> bytes | None:
    """What a model says that never wants to end, or None when no answer fits into ``room``."""
    way, free = land(schema), land(schema)
    if not way.begin(room):
        return None
    said, hurried = b"", list[int]()
    for left in range(room - 1, -1, -1):
        hurried = hurried or way.hurry(left + 1)
        wanted = [PIECES[hurried.pop(0)]] if hurried else next(wishes)
        piece = next((one for one in wanted if free.follow(one, 10**9)), None)
        if piece is None:  # only the end is allowed
            return said
        if not way.follow(piece, left):
            ending = way.ending()
            assert len(ending) <= left + 1
            return said + b"".join(PIECES[token] for token in ending)
        said += piece
    return said


def noise(seed: int) -> Iterator[list[bytes]]:
    """The wishes of a model of random weights."""
    dice = random.Random(seed)
    return iter(lambda: dice.sample(PIECES, len(PIECES)), None)


def stuck() -> Iterator[list[bytes]]:
    """The wishes of a model that says one word wherever it may, and goes on where it can."""
    return repeat([b"hello", b",", *PIECES[ord("!") : ord("~")], *PIECES])


@given(schemas, st.integers(0, 120), st.integers(0, 2**32))
def test_every_answer_that_was_begun_is_whole_json(schema, room, seed):
    said = answer(schema, room, noise(seed))
    if said is not None:
        json.loads(said)


@pytest.mark.parametrize("seed", range(20))
def test_an_answer_full_of_half_characters_is_whole(seed):
    said = answer(PERSON, 40, noise(seed))
    assert json.loads(said).keys() == {"name", "langs"}


def test_a_token_behind_which_the_end_no_longer_fits_is_not_let_through():
    way = land({"type": "string"})
    assert way.follow(b'"', 1)
    assert not way.follow(b"hello", 0)
    assert way.follow(b"hello", 1)


def test_a_refused_token_leaves_no_trace():
    way = land({"enum": ["a", "bbbb"]})
    assert way.follow(b'"', 2)
    assert not way.follow(b"b", 1)
    assert way.follow(b"a", 1)


def test_who_lingers_in_a_text_leaves_a_share_to_those_that_follow():
    names = ["first", "second", "third"]
    texts = {name: {"type": "string"} for name in names}
    schema = {"type": "object", "properties": texts, "required": names}
    said = json.loads(answer(schema, 100, stuck()))
    assert min(said[name].count("hello") for name in names) >= 8, said


def test_who_lingers_in_a_list_leaves_a_share_to_what_follows():
    texts = {"list": {"type": "array", "items": {"type": "string"}}, "end": {"type": "string"}}
    schema = {"type": "object", "properties": texts, "required": ["list", "end"]}
    assert json.loads(answer(schema, 120, stuck()))["end"].count("hello") >= 8


def test_a_list_is_closed_before_a_lap_that_would_leave_nothing_for_the_rest():
    item = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    parts = {
        "list": {"type": "array", "items": item, "maxItems": 20},
        "total": {"type": "integer"},
        "paid": {"enum": ["no", "hello"]},
    }
    schema = {"type": "object", "properties": parts, "required": list(parts)}
    said = json.loads(answer(schema, 160, repeat([b"7", b"{", *PIECES[ord("!") :]])))
    assert said["total"] > 0, said
    assert len(said["list"]) == 1, said


def test_with_few_tokens_every_text_has_its_part_of_them():
    schema = {"type": "array", "items": {"type": "string"}, "minItems": 4, "maxItems": 4}
    said = json.loads(answer(schema, 40, stuck()))
    assert min(text.count("hello") for text in said) >= 4, said


def test_an_answer_without_free_texts_has_no_shares_to_deal_out():
    way = land({"const": "hello"})
    assert way.begin(4)
    assert way.hurry(4) == []


def test_there_is_no_hurry_while_there_is_room():
    way = land(PERSON)
    assert way.begin(200)
    assert way.follow(b'{"name":"hello', 190)
    assert way.hurry(190) == []


def test_what_the_grammar_forbids_is_not_let_through():
    assert not land({"type": "integer"}).follow(b"x", 100)


def test_an_answer_that_does_not_fit_is_known_before_it_begins():
    way = land({"type": "array", "items": {"const": "hello"}, "minItems": 9})
    assert not way.fits(20)
    assert way.fits(21)


def test_endings_are_counted_in_tokens_not_in_bytes():
    assert land({"const": "hello"}).fits(3)


def test_a_half_character_is_completed_with_what_the_grammar_allows_there():
    way = land({"enum": ["é", "è"]})
    assert way.follow(b'"\xc3', 10)
    ending = b"".join(PIECES[token] for token in way.ending())
    assert json.loads(b'"\xc3' + ending) in ("é", "è")


def test_an_ending_that_no_token_spells_is_none():
    way = landing('root ::= "é"', speller(lambda: [(0, b"a")]))
    assert not way.fits(1)
    assert way.ending() == []


def test_a_grammar_of_tokens_has_no_landing():
    assert landing("root ::= <[12]>", SPELL) is None
