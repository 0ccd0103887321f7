"""A look is described whole at first, and then by what has changed."""

from __future__ import annotations

import json

import pytest

from edgeomni.loops.watch.telling import PRESETS, Before, Telling, ask, told
from edgeomni.values import Image, Options
from tests.loops.watch.doubles import picture

OLD, NEW = picture(1), picture(2)
BEFORE = Before("A cat on a sofa.", OLD)


def words(telling: Telling, before: Before | None, *, pair: bool = False) -> str:
    return ask(telling, NEW, before, pair=pair).messages[0].text


def images(telling: Telling, before: Before | None, *, pair: bool = False) -> list[Image]:
    media = ask(telling, NEW, before, pair=pair).messages[0].media
    return [each for each in media if isinstance(each, Image)]


def say(answer: str, before: Before | None = BEFORE, telling: Telling | None = None) -> str:
    way = telling or Telling()
    return told(way, ask(way, NEW, before), NEW, answer, before).text


def test_the_first_look_is_described_whole() -> None:
    asked = ask(Telling(), NEW, None)
    assert asked.whole
    assert images(Telling(), None) == [NEW]


def test_the_next_one_is_asked_for_what_changed_since_the_caption_before() -> None:
    asked = ask(Telling(), NEW, BEFORE)
    assert not asked.whole
    assert "A cat on a sofa." in asked.messages[0].text
    assert "different" in asked.messages[0].text


def test_where_they_fit_the_picture_before_stands_before_the_new_one() -> None:
    assert images(Telling(), BEFORE, pair=True) == [OLD, NEW]
    assert images(Telling(), BEFORE) == [NEW]


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_has_a_request_of_its_own_kind(preset) -> None:
    assert words(Telling(preset), None)
    assert words(Telling(preset, plain=True), None).endswith("?")


def test_a_prompt_of_the_users_own_stands_in_every_request() -> None:
    mine = Telling(prompt="Count the birds.")
    assert words(mine, None) == "Count the birds."
    assert "Count the birds." in words(mine, BEFORE)


def test_after_many_looks_all_is_described_once_more() -> None:
    assert ask(Telling(), NEW, Before("A cat.", OLD, looks=20)).whole


def test_a_long_caption_before_takes_no_more_room_than_it_may() -> None:
    assert len(words(Telling(), Before("word " * 1000, OLD))) < 700


def test_a_plain_model_is_asked_the_same_short_question_about_one_picture_each_time() -> None:
    plain = Telling(plain=True)
    assert words(plain, BEFORE, pair=True) == "What is in the picture?"
    assert images(plain, BEFORE, pair=True) == [NEW]
    assert ask(plain, NEW, BEFORE).whole


def test_a_plain_model_s_captions_are_compared_for_it() -> None:
    before = Before("A red circle on a white background.", OLD)
    assert say("A blue star on a white background.", before, Telling(plain=True)) == (
        "A blue star on a white background. No longer: a red circle."
    )


@pytest.mark.parametrize("answer", ["Nothing new.", "", "A cat on the sofa.", "No change."])
def test_a_repetition_is_not_told(answer: str) -> None:
    assert say(answer) == ""


def test_what_is_not_told_leaves_what_was_said_last() -> None:
    asked = ask(Telling(), NEW, BEFORE)
    kept = told(Telling(), asked, NEW, "Nothing new.", BEFORE).before
    assert (kept.text, kept.image, kept.looks) == ("A cat on a sofa.", NEW, 2)


def test_the_scene_is_not_forgotten_for_what_changed_in_it() -> None:
    before: Before | None = BEFORE
    for answer in ("A dog came in.", "The dog left."):
        before = told(Telling(), ask(Telling(), NEW, before), NEW, answer, before).before
    assert '"A cat on a sofa. Then: The dog left."' in words(Telling(), before)


def test_nothing_is_a_repetition_of_nothing() -> None:
    assert say("Nothing new.", None) == "Nothing new."


def test_spaces_and_line_breaks_of_a_model_are_made_one_space() -> None:
    assert say("A dog\n\n came  in.") == "A dog came in."


SCHEMA = {"type": "object", "properties": {"people": {"type": "integer"}}}
COUNTED = Telling(schema=SCHEMA)


def test_fields_are_asked_for_by_their_schema_and_told_in_words_too() -> None:
    assert COUNTED.options(Options()).schema == SCHEMA
    found = told(COUNTED, ask(COUNTED, NEW, None), NEW, '{"people": 2}', None)
    assert (found.fields, found.text) == ({"people": 2}, "people: 2")


def test_the_same_fields_are_a_repetition() -> None:
    before = Before("people: 2", OLD, fields={"people": 2})
    assert say('{"people": 2}', before, COUNTED) == ""
    assert say('{"people": 3}', before, COUNTED) == "people: 3"


def test_fields_that_are_no_object_have_a_name_all_the_same() -> None:
    found = told(COUNTED, ask(COUNTED, NEW, None), NEW, json.dumps([1]), None)
    assert found.fields == {"value": [1]}


def test_a_look_is_answered_the_same_way_each_time_and_briefly() -> None:
    options = Telling().options(Options(temperature=1.0, repeat_penalty=1.1))
    assert (options.temperature, options.repeat_penalty) == (0.0, 1.1)
    assert options.max_tokens < 100
