"""What of an answer is heard: held, gone on with, stopped, in whatever state its pieces are."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import numpy as np
import pytest

from edgeomni.errors import EdgeomniError, EngineError
from edgeomni.speech.dialogue.talker import Heard, Piece, Talker
from tests.speech.doubles import PATIENCE, HandSpeaker, HandVoice

ONE, TWO, THREE = Piece(0, "one"), Piece(1, "seconds"), Piece(2, "third")
"""30, 70 and 50 samples."""


@pytest.fixture
def speaker() -> HandSpeaker:
    return HandSpeaker()


@pytest.fixture
def voice() -> HandVoice:
    return HandVoice()


@pytest.fixture
def failures() -> queue.Queue[EdgeomniError]:
    return queue.Queue()


@pytest.fixture
def talker(
    speaker: HandSpeaker, voice: HandVoice, failures: queue.Queue[EdgeomniError]
) -> Iterator[Talker]:
    made = Talker(speaker, voice, failures.put)
    made.begin()
    yield made
    made.close()


def say(talker: Talker, speaker: HandSpeaker, *pieces: Piece) -> None:
    """And wait until all of them are in line."""
    for piece in pieces:
        talker.say(piece)
    for _ in pieces:
        speaker.wait()


def test_pieces_stand_in_line_in_their_order(talker: Talker, speaker: HandSpeaker) -> None:
    for piece in (ONE, TWO, THREE):
        talker.say(piece)
    assert [speaker.wait() for _ in range(3)] == [30, 70, 50]


@pytest.mark.parametrize(
    ("samples", "heard"),
    [
        (0, None),
        (15, Heard(0, 0.5)),
        (30, Heard(0, 1.0)),
        (37, Heard(1, 0.1)),
        (100, Heard(1, 1.0)),
    ],
)
def test_what_was_heard_is_told_by_piece_and_share(
    talker: Talker, speaker: HandSpeaker, samples: int, heard: Heard | None
) -> None:
    say(talker, speaker, ONE, TWO)
    speaker.hear(samples)
    assert talker.heard() == heard


def test_it_talks_while_something_is_to_be_heard(talker: Talker, speaker: HandSpeaker) -> None:
    say(talker, speaker, ONE)
    before = talker.talking
    speaker.hear()
    assert (before, talker.talking) == (True, False)


def test_it_talks_while_a_piece_is_made(
    talker: Talker, voice: HandVoice, speaker: HandSpeaker
) -> None:
    gate = voice.gate("one")
    talker.say(ONE)
    voice.asked.get(timeout=PATIENCE)
    assert (talker.talking, talker.begun, talker.idle) == (True, False, False)
    gate.set()
    speaker.wait()


def test_it_has_begun_with_its_first_sound(talker: Talker, speaker: HandSpeaker) -> None:
    say(talker, speaker, ONE)
    before = talker.begun
    speaker.hear(1)
    assert (before, talker.begun) == (False, True)


def test_it_is_done_once_all_was_heard(talker: Talker, speaker: HandSpeaker) -> None:
    say(talker, speaker, ONE)
    speaker.hear()
    before = talker.done
    talker.finish()
    assert (before, talker.done) == (False, True)


def test_held_it_is_silent_and_says_how_far_it_got(talker: Talker, speaker: HandSpeaker) -> None:
    say(talker, speaker, ONE, TWO)
    speaker.hear(65)
    assert talker.hold() == Heard(1, 0.5)
    assert (speaker.queued, talker.talking, talker.held) == (65, False, True)


def test_held_twice_is_held_once(talker: Talker, speaker: HandSpeaker) -> None:
    say(talker, speaker, ONE)
    speaker.hear(15)
    talker.hold()
    assert talker.hold() == Heard(0, 0.5)


def test_it_goes_on_where_it_stopped(talker: Talker, speaker: HandSpeaker) -> None:
    say(talker, speaker, ONE, TWO)
    speaker.hear(10)
    talker.hold()
    talker.go_on()
    assert [speaker.wait(), speaker.wait()] == [20, 70]
    speaker.hear(20 + 35)
    assert talker.heard() == Heard(1, 0.5)


def test_the_parts_of_a_piece_around_a_hold_are_counted_together(
    talker: Talker, speaker: HandSpeaker
) -> None:
    say(talker, speaker, ONE)
    speaker.hear(10)
    talker.hold()
    talker.go_on()
    speaker.wait()
    speaker.hear(5)
    assert talker.heard() == Heard(0, 0.5)


def test_pieces_that_come_while_it_is_held_are_said_when_it_goes_on(
    talker: Talker, speaker: HandSpeaker
) -> None:
    say(talker, speaker, ONE)
    speaker.hear(20)
    talker.hold()
    talker.say(TWO)
    talker.say(THREE)
    talker.go_on()
    assert [speaker.wait() for _ in range(3)] == [10, 70, 50]


def test_held_it_makes_no_further_piece(
    talker: Talker, speaker: HandSpeaker, voice: HandVoice
) -> None:
    talker.hold()
    talker.say(ONE)
    assert (talker.idle, voice.asked.empty()) == (True, True)


def test_a_piece_in_the_making_when_it_is_held_comes_in_its_place(
    talker: Talker, speaker: HandSpeaker, voice: HandVoice
) -> None:
    gate = voice.gate("seconds")
    say(talker, speaker, ONE)
    speaker.hear(20)
    talker.say(TWO)
    talker.say(THREE)
    while voice.asked.get(timeout=PATIENCE) != "seconds":
        pass
    talker.hold()
    gate.set()
    talker.go_on()
    assert [speaker.wait() for _ in range(3)] == [10, 70, 50]


def test_a_piece_that_is_ready_only_after_it_went_on_is_not_lost(
    talker: Talker, speaker: HandSpeaker, voice: HandVoice
) -> None:
    gate = voice.gate("one")
    talker.say(ONE)
    voice.asked.get(timeout=PATIENCE)
    talker.hold()
    talker.go_on()
    gate.set()
    assert speaker.wait() == 30


def test_going_on_without_having_been_held_changes_nothing(
    talker: Talker, speaker: HandSpeaker
) -> None:
    say(talker, speaker, ONE)
    talker.go_on()
    assert (speaker.queued, speaker.waits_for_more) == (30, True)


def test_stopped_it_forgets_the_rest(talker: Talker, speaker: HandSpeaker) -> None:
    say(talker, speaker, ONE, TWO)
    speaker.hear(15)
    assert talker.stop() == Heard(0, 0.5)
    talker.go_on()
    assert (speaker.queued, talker.talking, talker.done, talker.held) == (15, False, True, False)


def test_stopped_before_its_first_sound_nothing_was_heard(
    talker: Talker, speaker: HandSpeaker
) -> None:
    say(talker, speaker, ONE)
    assert talker.stop() is None


@pytest.mark.parametrize("end", ["stop", "begin"])
def test_a_piece_in_the_making_is_forgotten_with_its_answer(
    talker: Talker, speaker: HandSpeaker, voice: HandVoice, end: str
) -> None:
    gate = voice.gate("one")
    talker.say(ONE)
    voice.asked.get(timeout=PATIENCE)
    getattr(talker, end)()
    still_talks = talker.talking
    gate.set()
    talker.begin()
    say(talker, speaker, TWO)
    assert (still_talks, speaker.queued) == (False, 70)


def test_a_new_answer_forgets_the_old_one(talker: Talker, speaker: HandSpeaker) -> None:
    say(talker, speaker, ONE, TWO)
    speaker.hear(10)
    talker.begin()
    assert (talker.heard(), talker.talking, talker.begun, talker.done) == (
        None,
        False,
        False,
        False,
    )


def test_a_new_answer_is_not_held(talker: Talker, speaker: HandSpeaker) -> None:
    say(talker, speaker, ONE)
    talker.hold()
    talker.begin()
    say(talker, speaker, TWO)
    assert (talker.held, speaker.queued) == (False, 70)


def test_all_is_there_once_it_is_over_and_nothing_is_made(
    talker: Talker, speaker: HandSpeaker, voice: HandVoice
) -> None:
    gate = voice.gate("one")
    talker.say(ONE)
    voice.asked.get(timeout=PATIENCE)
    talker.finish()
    before = talker.complete
    gate.set()
    speaker.wait()
    say(talker, speaker, TWO)
    talker.hold()  # takes the lock, so that the thread is done with it
    talker.say(THREE)
    assert (before, talker.complete) == (False, True)


def test_what_the_loudspeaker_said_last_is_what_was_heard(
    talker: Talker, speaker: HandSpeaker
) -> None:
    say(talker, speaker, ONE, TWO, THREE)
    speaker.hear(31)
    assert talker.lately == "one seconds"


def test_the_end_of_the_answer_before_may_still_sound_in_the_room(
    talker: Talker, speaker: HandSpeaker
) -> None:
    say(talker, speaker, ONE, TWO)
    speaker.hear()
    talker.begin()
    say(talker, speaker, THREE)
    speaker.hear(1)
    assert talker.lately == "one seconds third"


def test_only_the_last_pieces_are_remembered(talker: Talker, speaker: HandSpeaker) -> None:
    say(talker, speaker, *(Piece(number, f"n{number}") for number in range(20)))
    speaker.hear()
    assert talker.lately.split() == [f"n{number}" for number in range(12, 20)]


@pytest.mark.parametrize(
    "fault",
    [EngineError("No voice."), ValueError("bad phoneme")],
    ids=["known", "unknown"],
)
def test_what_cannot_be_spoken_is_told_and_left_out(
    talker: Talker,
    speaker: HandSpeaker,
    voice: HandVoice,
    failures: queue.Queue[EdgeomniError],
    fault: Exception,
) -> None:
    voice.gives("one", fault)
    talker.say(ONE)
    talker.say(TWO)
    assert speaker.wait() == 70
    assert isinstance(failures.get_nowait(), EngineError)


def test_a_piece_without_sound_is_passed_over(
    talker: Talker, speaker: HandSpeaker, voice: HandVoice
) -> None:
    voice.gives("one", np.zeros(0, np.float32))
    talker.say(ONE)
    say(talker, speaker, TWO)
    speaker.hear(7)
    assert talker.heard() == Heard(1, 0.1)


def test_closed_it_says_nothing_more(
    talker: Talker, speaker: HandSpeaker, voice: HandVoice
) -> None:
    say(talker, speaker, ONE)
    talker.close()
    talker.say(TWO)
    assert (speaker.queued, voice.asked.qsize()) == (0, 1)
