"""When a source is frozen, and when a lost one is tried again."""

from __future__ import annotations

import threading

import pytest

from edgeomni.values import Image
from edgeomni.vision.live.folder import Arrivals
from edgeomni.vision.live.outbox import Outbox
from edgeomni.vision.live.tally import Tally
from edgeomni.vision.live.watchdog import FROZEN, Freeze, Pauses
from edgeomni.watch_events import Look, Lost, Over, Seen


def frozen_at(marks: list[int], rate: float = 10.0) -> float | None:
    """Seconds, for frames with these marks."""
    freeze = Freeze()
    found = (n / rate for n, mark in enumerate(marks) if freeze.see(n / rate, mark))
    return next(found, None)


def test_one_frame_for_ever_is_frozen_after_three_seconds() -> None:
    assert frozen_at([1, 2, 3] + [4] * 60) == pytest.approx(0.3 + FROZEN)


def test_frames_that_differ_are_never_frozen() -> None:
    assert frozen_at(list(range(100))) is None


def test_a_frame_that_repeats_for_less_is_not_frozen() -> None:
    assert frozen_at(([1] * 29 + [2] * 29) * 3) is None


def test_two_frames_far_apart_are_too_few_to_say() -> None:
    assert frozen_at([1, 1], rate=0.2) is None


def test_pauses_grow_up_to_five_seconds() -> None:
    pauses = Pauses()
    assert [pauses.after_loss() for _ in range(7)] == [0.25, 0.5, 1, 2, 4, 5, 5]


def test_pauses_begin_anew_once_a_source_has_held() -> None:
    pauses = Pauses()
    for _ in range(3):
        pauses.after_loss()
    pauses.held(10.0)
    pauses.held(13.0)
    assert pauses.after_loss() == 0.25


def test_pauses_go_on_growing_where_a_source_holds_for_a_moment_only() -> None:
    pauses = Pauses()
    for _ in range(3):
        pauses.after_loss()
    pauses.held(10.0)
    pauses.held(10.5)
    assert pauses.after_loss() == 2


# ── what arrives in a folder ─────────────────────────────────────────────────────────────────────


def test_of_what_is_there_from_the_beginning_the_newest_is_shown() -> None:
    arrivals = Arrivals()
    listing = {"a.png": (30, 5), "b.png": (10, 5)}
    assert [arrivals.see(listing) for _ in range(3)] == [[], ["a.png"], []]


def test_new_files_are_shown_in_the_order_of_their_times() -> None:
    arrivals = Arrivals()
    old = {"a.png": (1, 5)}
    arrivals.see(old), arrivals.see(old)
    new = old | {"c.png": (2, 5), "b.png": (3, 5)}
    assert [arrivals.see(new), arrivals.see(new)] == [[], ["c.png", "b.png"]]


def test_a_file_that_still_grows_is_waited_for() -> None:
    arrivals = Arrivals()
    sizes = [10, 20, 30, 30]
    assert [arrivals.see({"a.png": (1, size)}) for size in sizes] == [[], [], [], ["a.png"]]


def test_a_file_that_is_written_anew_is_shown_again() -> None:
    arrivals = Arrivals()
    times = [1, 1, 2, 2]
    shown = [arrivals.see({"now.png": (time, 9)}) for time in times]
    assert shown == [[], ["now.png"], [], ["now.png"]]


# ── counting ─────────────────────────────────────────────────────────────────────────────────────


def test_the_rate_is_that_of_the_last_seconds() -> None:
    tally = Tally()
    for n in range(100):
        tally.see(n / 10)
    assert (tally.rate(9.9), tally.rate(60.0)) == (pytest.approx(10), 0)


def test_what_was_skipped_is_told_at_once_and_then_seldom() -> None:
    tally = Tally()
    tally.skip("empty")
    assert list(tally.report(100.0)) == [("empty", 1)]
    tally.skip("empty", 4)
    assert [list(tally.report(at)) for at in (101.0, 109.9, 110.0)] == [[], [], [("empty", 4)]]


def test_frames_that_came_too_late_are_told_where_most_did() -> None:
    few, most = Tally(), Tally()
    for tally, dropped in ((few, 5), (most, 50)):
        for n in range(10):
            tally.see(n / 10)
        tally.follow(dropped, 0)
    assert [list(tally.report(1.0)) for tally in (few, most)] == [[], [("late", 50)]]


def test_a_new_reader_counts_from_nought() -> None:
    tally = Tally()
    tally.follow(0, 7)
    tally.begin()
    tally.follow(0, 2)
    assert list(tally.report(1.0)) == [("damaged", 9)]


# ── events that nobody took ──────────────────────────────────────────────────────────────────────


def look(number: int, why: str = "change") -> Look:
    return Look(number, number, why, 0.5, number - 0.5, Image(b"\0\0\0", 1, 1))


def test_only_the_newest_look_waits_and_knows_when_the_change_began() -> None:
    outbox = Outbox()
    for event in (look(1, "first"), Lost(1.5, "cut", "x"), look(2), look(3), Over(4)):
        outbox.put(event)
    outbox.close()
    lost, newest, over = outbox.taken()
    assert isinstance(newest, Look)
    assert (newest.number, newest.since, newest.why) == (3, 0.5, "first")
    assert (type(lost), type(over)) == (Lost, Over)


def test_signs_of_life_do_not_pile_up() -> None:
    outbox = Outbox()
    for at in range(1000):
        outbox.put(Seen(at, 10, 0, "still"))
    outbox.close()
    assert list(outbox.taken()) == [Seen(999, 10, 0, "still")]


def test_of_what_is_read_fast_no_look_is_left_out_and_reading_waits() -> None:
    outbox = Outbox(every=True)
    given = [look(number) for number in range(100)]

    def put() -> None:
        for event in given:
            outbox.put(event)
        outbox.close()

    thread = threading.Thread(target=put)
    thread.start()
    assert list(outbox.taken()) == given
    thread.join()


def test_what_went_wrong_comes_behind_what_was_told_before() -> None:
    outbox = Outbox()
    outbox.put(Over(1))
    outbox.close(ValueError("no"))
    taken = outbox.taken()
    assert next(taken) == Over(1)
    with pytest.raises(ValueError, match="no"):
        next(taken)
