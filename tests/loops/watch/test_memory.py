"""What was seen is remembered for a while, and questions about it are told apart."""

from __future__ import annotations

import pytest

from edgeomni.loops.watch.memory import (
    KeyFrame,
    Looking,
    Memory,
    about_before,
    ago,
    chronicle,
    plainly,
)
from tests.loops.watch.doubles import picture


def frame(at: float) -> KeyFrame:
    return KeyFrame(at, picture(int(at)), f"seen at {at:g}")


@pytest.mark.parametrize(
    "asked",
    [
        "What was there before?",
        "what was here before",
        "What happened just now?",
        "What did I miss?",
        "What has changed?",
        "What is no longer there?",
        "What was on the table a minute ago?",
        "What did the man do earlier?",
        "What happened in the last minute?",
    ],
)
def test_questions_about_the_past_are_known_by_their_words(asked: str) -> None:
    assert about_before(asked) == Looking(asked)


@pytest.mark.parametrize(
    "asked",
    [
        "What is in front of the house?",
        "Was ist vorher passiert?",
        "Is the door before the window open?",
        "What colour is the car?",
        "beforehand",
    ],
)
def test_other_questions_are_about_the_present(asked: str) -> None:
    assert about_before(asked) is None


def test_the_command_asks_of_the_past_in_any_language() -> None:
    assert about_before("/before Was lag auf dem Tisch?") == Looking("Was lag auf dem Tisch?")
    assert about_before("/BEFORE") == Looking("What was there before?")


def test_no_more_frames_are_kept_than_may_be() -> None:
    memory = Memory(frames=3, minutes=10)
    for at in range(6):
        memory.add(frame(at))
    assert [each.at for each in memory.before(6)] == [3, 4, 5]


def test_what_is_too_old_is_forgotten() -> None:
    memory = Memory(frames=9, minutes=1)
    memory.add(frame(0))
    memory.add(frame(50))
    assert [each.at for each in memory.before(61)] == [50]


def test_the_present_picture_is_not_of_the_past() -> None:
    memory, now = Memory(), frame(5)
    memory.add(frame(1))
    memory.add(now)
    assert [each.at for each in memory.before(6, now.image)] == [1]


def test_a_model_is_told_when_each_frame_was_and_shown_the_newest() -> None:
    frames = [frame(0), frame(60), frame(110)]
    parts = chronicle(frames, 120, shown=1, present=[picture(9)], question="What was it?")
    texts = [part for part in parts if isinstance(part, str)]
    assert [part for part in parts if not isinstance(part, str)] == [frames[2].image, picture(9)]
    assert "2 minutes ago: seen at 0\n" in texts
    assert "10 seconds ago: seen at 110\n" in texts
    assert texts[-1] == "What was it?"


def test_a_plain_model_is_shown_the_one_picture_before() -> None:
    frames = [frame(0), frame(60)]
    assert plainly(frames, "What was there before?") == [
        frames[1].image,
        "What is in the picture?",
    ]
    assert plainly(frames, "Is there a star?") == [frames[1].image, "Is there a star?"]


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 second ago"), (89, "89 seconds ago"), (150, "2 minutes ago")]
)
def test_times_are_told_as_people_say_them(seconds: float, words: str) -> None:
    assert ago(seconds) == words
