"""Questions are true to the scene, and the exam knows right from wrong."""

import random
from collections.abc import Iterator

import numpy as np
import pytest

from nano import exam
from nano.questions import Question, description, questions
from nano.scenes import Facts, sample
from nano.wordings import HELD_OUT_WORDINGS, TRAINING_WORDINGS, reworded

THREE_STARS = Facts("count", "star", "black", "three", None, "yellow")
PAIR = Facts("two", "dog", "white", "one", None, None, "left", "circle", "red")


def asked(count: int, wordings: object = TRAINING_WORDINGS) -> Iterator[tuple[Facts, Question]]:
    for seed in range(count):
        rng = random.Random(seed)
        facts = sample(rng, exam.MIXTURE).facts
        for question in questions(facts, rng, wordings):  # type: ignore[arg-type]
            yield facts, question


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (THREE_STARS, "Three yellow stars on a black background."),
        (PAIR, "A dog left of a red circle on a white background."),
        (
            Facts("shape", "square", "orange", "one", "small", "blue"),
            "A small blue square on an orange background.",
        ),
        (Facts("empty", "nothing", "gray"), "Nothing on a gray background."),
    ],
)
def test_a_description_says_everything(facts: Facts, sentence: str) -> None:
    assert description(facts) == sentence


@pytest.mark.parametrize("wordings", [TRAINING_WORDINGS, HELD_OUT_WORDINGS])
def test_true_answers_pass_the_exam(wordings: object) -> None:
    for _, question in asked(300, wordings):
        assert exam.right(question, question.answer), question
        assert "{" not in question.text


def test_no_wording_of_the_exam_is_one_of_training() -> None:
    for kind, wordings in HELD_OUT_WORDINGS.items():
        assert not set(wordings) & set(TRAINING_WORDINGS[kind])


def test_yes_is_true_about_as_often_as_no() -> None:
    truths = [question.keys[0] for _, question in asked(600) if question.kind == "yesno"]
    assert 0.42 < truths.count("yes") / len(truths) < 0.58


@pytest.mark.parametrize(
    "answer",
    ["Two yellow stars.", "Three red stars.", "Three yellow hearts.", "", "Stars, three yellow."],
)
def test_a_wrong_description_fails(answer: str) -> None:
    assert not exam.right(exam.describe(THREE_STARS), answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Three large red circles on a white background.",
        "Two red circles on a white background.",
        "A small red circle on a white background.",
        "A large red circle on a black background.",
        "A large red circle left of a dog on a white background.",
        "A large red circle.",
    ],
)
def test_a_description_that_says_what_is_not_so_fails(answer: str) -> None:
    circle = Facts("shape", "circle", "white", "one", "large", "red")
    assert exam.right(exam.describe(circle), "A large red circle on a white background.")
    assert not exam.right(exam.describe(circle), answer)


def test_an_empty_picture_on_another_background_fails() -> None:
    empty = exam.describe(Facts("empty", "nothing", "gray"))
    assert exam.right(empty, "Nothing on a gray background.")
    assert not exam.right(empty, "Nothing on a red background.")


def test_two_things_in_the_wrong_order_fail() -> None:
    assert not exam.right(exam.describe(PAIR), "A red circle left of a dog.")


def test_a_mirrored_scene_exchanges_left_and_right() -> None:
    facts = exam.mirrored_facts(PAIR)
    assert facts and description(facts) == "A red circle left of a dog on a white background."


def test_turning_clockwise_puts_the_left_on_top() -> None:
    facts = exam.turned_facts(PAIR)
    assert facts and description(facts) == "A dog above a red circle on a white background."
    again = exam.turned_facts(facts)
    assert again and description(again) == "A red circle left of a dog on a white background."


def test_turning_pixels_does_what_turning_facts_says() -> None:
    pixels = np.zeros((2, 4, 3), np.uint8)
    pixels[:, 0] = 255  # on the left
    assert exam.turned(pixels)[0].min() == 255  # on top


def test_exchanging_red_and_blue_makes_the_red_circle_blue() -> None:
    facts = exam.swapped_facts(PAIR)
    assert facts and facts.colour2 == "blue"


def test_a_question_stays_the_same_question_when_it_is_reworded() -> None:
    rng = random.Random(0)
    for _ in range(300):
        assert "is the dog left of the cat" in reworded("Is the dog left of the cat?", rng).lower()
