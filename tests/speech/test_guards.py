"""What is believed of what Whisper says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgeomni.speech.ears.guards import Draft, compression, is_phantom, repeats, verdict

SURE = Draft("Good morning to all of you.", 8, 40, log_probability=-0.3, no_speech=0.02)


def test_what_is_said_with_confidence_is_kept() -> None:
    assert verdict(SURE) == "good"


def test_a_guess_is_tried_again() -> None:
    assert verdict(replace(SURE, log_probability=-1.4)) == "doubtful"


def test_a_guess_where_probably_nobody_speaks_is_nothing() -> None:
    assert verdict(replace(SURE, log_probability=-1.4, no_speech=0.8)) == "nothing"


def test_confident_words_are_kept_though_they_are_faint() -> None:
    assert verdict(replace(SURE, no_speech=0.8)) == "good"


def test_a_text_that_repeats_itself_is_tried_again() -> None:
    assert verdict(replace(SURE, text="and then we went home " * 12)) == "doubtful"


def test_a_phrase_that_comes_three_times_is_tried_again() -> None:
    lap = "when she was a young girl"
    assert verdict(replace(SURE, text=f"She sang {lap}. {lap.title()}, {lap}.")) == "doubtful"


@pytest.mark.parametrize("text", ["No, no, no, no!", "Row, row, row your boat, row your boat."])
def test_what_people_do_repeat_is_kept(text: str) -> None:
    assert verdict(replace(SURE, text=text)) == "good"


def test_a_text_that_never_ends_is_tried_again() -> None:
    assert verdict(replace(SURE, tokens=40)) == "doubtful"


FILLED = [
    replace(SURE, overrun=2.5),
    replace(SURE, text="There once was a small dragon. There once was a small dragon."),
]


@pytest.mark.parametrize("draft", FILLED, ids=["times behind the sound", "words said twice"])
def test_what_fills_up_a_small_window_is_tried_again(draft: Draft) -> None:
    assert verdict(replace(draft, small=True)) == "doubtful"


@pytest.mark.parametrize("draft", FILLED, ids=["times behind the sound", "words said twice"])
def test_in_a_window_as_in_training_the_same_is_kept(draft: Draft) -> None:
    assert verdict(draft) == "good"


def test_a_text_that_ends_about_where_its_sound_does_is_kept() -> None:
    assert verdict(replace(SURE, small=True, overrun=1.0)) == "good"


@pytest.mark.parametrize("text", ["", "  \n", ". . . .", "♪"])
def test_no_words_are_nothing(text: str) -> None:
    assert verdict(replace(SURE, text=text)) == "nothing"


def test_thanks_are_believed_where_somebody_speaks() -> None:
    assert verdict(replace(SURE, text=" Thank you.")) == "good"


def test_thanks_are_not_believed_where_perhaps_nobody_does() -> None:
    assert verdict(replace(SURE, text=" Thank you.", no_speech=0.4)) == "nothing"


@pytest.mark.parametrize(
    "text",
    [
        "Thanks for watching!",
        " you",
        "Thank you very much.",
        "Subtitles by the Amara.org community",
    ],
)
def test_phantoms_are_known_whatever_their_points(text: str) -> None:
    assert is_phantom(text)


def test_a_sentence_that_only_begins_like_a_phantom_is_none() -> None:
    assert not is_phantom("Thank you for watching the children.")


def test_ordinary_words_hardly_compress() -> None:
    assert compression("The ferry leaves at nine from the old pier by the market.") < 1.3


@pytest.mark.parametrize(
    "text", ["It was late.", " it was late, it was late", "It was late. So we went."]
)
def test_a_window_that_begins_with_the_sentence_before_it_repeats(text: str) -> None:
    assert repeats("We had walked all day. It was late.", text)


def test_a_window_that_only_says_the_last_words_again_repeats() -> None:
    assert repeats("Light needs a little more than one.", "More than one.")


@pytest.mark.parametrize("text", ["", "It was later.", "So it was late.", "We had walked all day."])
def test_other_beginnings_do_not(text: str) -> None:
    assert not repeats("We had walked all day. It was late.", text)


def test_before_the_first_word_nothing_is_repeated() -> None:
    assert not repeats("", "It was late.")
