"""Words that call for more, and words that are whole."""

from __future__ import annotations

import pytest

from edgeomni.speech.dialogue.unfinished import looks_unfinished, shape_of


@pytest.mark.parametrize(
    "text",
    [
        "My brother lives in.",
        "Tell me a short story about",
        "Please write down that I have to.",
        "Could you tell me, um,",
        "She bought two apples,",
        "If it rains tomorrow.",
        "When I was in Berlin last year.",
        "I want to go to the",
        "I think that...",
        "Because of the",
        "The capital of France is",
        "What is the",
        "Set a timer for",
        "She bought two apples",
    ],
)
def test_more_is_to_come(text: str) -> None:
    assert looks_unfinished(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Das ist alles。",
        "What is the capital of France?",
        "What is it for?",
        "Where are you from?",
        "Turn it on.",
        "Please turn the lights on.",
        "Yes, I am.",
        "Yes, I did.",
        "What is this called?",
        "Who are you talking about?",
        "That is what I want to.",
        "Yes, please.",
        "If it rains tomorrow, we will stay at home.",
        "When does the train leave?",
        "Because I said so.",
        "Stop.",
        "Is that so?",
        "Wie heißt du?",
        "42.",
        "I would like to know how plants turn light into sugar.",
        "How is it?",
        "What do you want?",
        "What is it like?",
    ],
)
def test_it_is_whole(text: str) -> None:
    assert not looks_unfinished(text)


@pytest.mark.parametrize(
    "text", ["on Monday.", "if it rains tomorrow.", "to be honest.", "My brother.", "On Monday."]
)
def test_what_begins_in_the_middle_or_has_no_verb_goes_on(text: str) -> None:
    assert looks_unfinished(text)


@pytest.mark.parametrize(
    ("text", "unfinished"),
    [
        ("Mach das Licht an.", False),
        ("Wie spät ist es", True),
        ("wenn es regnet.", True),
    ],
)
def test_of_other_languages_only_marks_and_capitals_are_known(text: str, unfinished: bool) -> None:
    assert looks_unfinished(text, english=False) == unfinished


@pytest.mark.parametrize("text", ["Set a timer for, um...", "I think, uh.", "Er,", "I want hmm"])
def test_whoever_ends_with_a_sound_of_thinking_hesitates(text: str) -> None:
    assert shape_of(text).hesitates


@pytest.mark.parametrize("text", ["Play the drum.", "What is an umlaut?", "", "Set a timer for"])
def test_others_do_not_hesitate(text: str) -> None:
    assert not shape_of(text).hesitates


@pytest.mark.parametrize(
    "text",
    ["When I went to Berlin last year, right?", "If it rains tomorrow, then?", "I live in a?"],
)
def test_a_question_mark_behind_half_a_sentence_asks_nothing(text: str) -> None:
    shape = shape_of(text)
    assert (shape.unfinished, shape.asks) == (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "When did you go to Berlin?",
        "Since when?",
        "If not, why not?",
        "If it rains, what do we do?",
        "When will it be dark outside?",
        "What is the capital of France?",
    ],
)
def test_questions_ask(text: str) -> None:
    shape = shape_of(text)
    assert (shape.unfinished, shape.asks) == (False, True)
