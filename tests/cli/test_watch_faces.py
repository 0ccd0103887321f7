"""What people and programs see of a watch."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest

from edgeomni.cli.output import Screen
from edgeomni.cli.watch_faces import JsonFace
from edgeomni.cli.watch_line_face import LineFace
from edgeomni.cli.watch_record import Record
from edgeomni.errors import EngineError
from edgeomni.loops.watch.told import Pace
from edgeomni.values import Finished, Notice, Receipt, TextDelta
from edgeomni.watch_events import Back, Lost, Opened, Over, Seen, Skipped
from tests.cli.glass import Glass
from tests.cli.told import (
    CLEAN,
    HOSTILE,
    OPENED,
    RED,
    STILL,
    answered,
    caption,
    glass,
    match,
    noon,
)

LOST = Lost(5.0, "unplugged", "The camera is gone. Connect it again.")


def on_glass(*, film: bool = False, **env: str) -> tuple[LineFace, Glass]:
    screen, seen = glass(**env)
    return LineFace(screen, noon(film=film), "camera", now=lambda: 0.0, width=90), seen


def into_files() -> tuple[LineFace, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return LineFace(Screen(out, err, env={}), noon(), "camera", now=lambda: 0.0), out, err


# ── people ───────────────────────────────────────────────────────────────────────────────────────


def test_a_caption_stands_with_the_time_of_day_above_the_line() -> None:
    face, seen = on_glass()
    face.event(STILL)
    face.caption(caption())
    first, line = seen.lines
    assert first == "12:00:02  A desk."
    assert line == "● camera on · 9.8 fps · ▕ ▏ still · last look 12:00:02 took 1.5 s"


def test_of_a_film_it_is_the_time_within_it() -> None:
    face, seen = on_glass(film=True)
    face.caption(caption(at=67.0))
    assert seen.lines[0] == "1:07  A desk."


def test_a_caption_of_many_lines_keeps_them_below_each_other() -> None:
    face, seen = on_glass()
    face.caption(caption("Exit\nPush\tbar"))
    assert seen.lines[:2] == ["12:00:02  Exit", "          Push bar"]


def test_words_grow_in_the_line_until_the_caption_stands() -> None:
    face, seen = on_glass()
    face.event(STILL)
    face.looking(2.0, "change")
    for word in ("A ", "desk."):
        face.words(TextDelta(word))
    assert seen.lines[-1].endswith("looking … 0.0 s A desk.")
    face.caption(caption())
    assert seen.lines[-1].endswith("took 1.5 s")


def test_a_caption_that_says_nothing_new_leaves_no_line() -> None:
    face, seen = on_glass()
    face.caption(caption("", whole=False))
    assert len(seen.lines) == 1


def test_a_match_is_marked_by_a_sign() -> None:
    face, seen = on_glass()
    face.match(match())
    assert seen.lines[0] == "12:00:03  ★ a parcel: A brown box."


def test_colours_are_left_out_where_nobody_wants_them() -> None:
    plain, coloured = on_glass(), on_glass(NO_COLOR="")
    for face, _ in (plain, coloured):
        face.match(match())
    assert "\x1b[" not in plain[1].getvalue()
    assert "\x1b[1m★" in coloured[1].getvalue()


def test_a_loss_and_a_return_are_told_once() -> None:
    face, seen = on_glass()
    for event in (LOST, LOST, Back(9.0), Back(9.0)):
        face.event(event)
    told = seen.lines
    assert told[:2] == [
        "· ✕ 12:00:05 The camera is gone. Connect it again.",
        "· ● 12:00:09 There are pictures again.",
    ]
    assert len(told) == 3


def test_the_size_is_told_when_it_is_new() -> None:
    face, seen = on_glass()
    for event in (OPENED, OPENED, Opened(9.0, "camera", 320, 240, 0.0)):
        face.event(event)
    assert seen.lines[:-1] == [
        "· watching camera, 640x480, 30 frames a second",
        "· watching camera, 320x240",
    ]


def test_the_pace_is_told_in_the_line() -> None:
    face, seen = on_glass()
    face.event(STILL)
    face.pace(Pace(2.1, 3.0, 512))
    assert seen.lines[-1].endswith("still · a look takes 2.1 s at 512 px, one in 3.0 s")


def test_an_answer_stands_below_its_question() -> None:
    face, seen = on_glass()
    face.answering("Which colour?")
    for word in ("It ", "is ", "red."):
        face.answer(TextDelta(word))
    face.answer(Finished(Receipt()))
    face.answered(answered())
    assert seen.lines[:2] == ["? Which colour?", "It is red."]


def test_an_answer_that_was_not_streamed_is_shown_all_the_same() -> None:
    face, seen = on_glass()
    face.answering("Which colour?")
    face.answered(answered("There is no picture of the present."))
    assert seen.lines[1] == "There is no picture of the present."


def test_the_same_failure_is_told_once_until_a_look_succeeds() -> None:
    face, seen = on_glass()
    for _ in range(3):
        face.failed(EngineError("No memory."))
    face.caption(caption())
    face.failed(EngineError("No memory."))
    assert seen.getvalue().count("No memory.") == 2
    assert face.code == 6


def test_frames_that_cannot_be_used_are_told_once_and_late_ones_never() -> None:
    face, seen = on_glass()
    for why in ("late", "damaged", "damaged"):
        face.event(Skipped(1.0, 3, why))
    assert seen.lines[:-1] == ["· Frames are left out: they are damaged."]


def test_hostile_text_is_shown_clean() -> None:
    face, seen = on_glass()
    face.event(Opened(0.0, HOSTILE, 640, 480, 30.0))
    face.looking(1.0, "first")
    face.words(TextDelta(HOSTILE))
    face.words(Notice("odd", HOSTILE))
    face.caption(caption(HOSTILE))
    face.match(match(HOSTILE))
    face.answering(HOSTILE)
    face.answer(TextDelta(HOSTILE))
    face.answered(answered(HOSTILE))
    face.event(Lost(5.0, "cut", HOSTILE))
    face.failed(EngineError(HOSTILE))
    face.typing(HOSTILE)
    assert not set(seen.getvalue()) & set("\x1b\x07\u202e")
    assert f"12:00:02  {CLEAN}" in seen.getvalue()


def test_into_a_file_go_plain_lines_and_nothing_moves() -> None:
    face, out, err = into_files()
    face.event(OPENED)
    face.event(STILL)
    face.looking(2.0, "first")
    face.words(TextDelta("A desk."))
    face.caption(caption())
    face.answering("Which colour?")
    face.answer(TextDelta("It is "))
    face.answer(TextDelta("red."))
    face.answered(answered())
    face.match(match())
    face.close()
    assert out.getvalue() == (
        "12:00:02  A desk.\n? Which colour?\nIt is red.\n12:00:03  ★ a parcel: A brown box.\n"
    )
    assert err.getvalue() == "· watching camera, 640x480, 30 frames a second\n"


def test_at_the_end_the_line_is_gone() -> None:
    face, seen = on_glass()
    face.event(STILL)
    face.close()
    assert seen.lines == [""]


# ── programs ─────────────────────────────────────────────────────────────────────────────────────


def lines(*, film: bool = False) -> tuple[JsonFace, io.StringIO]:
    out = io.StringIO()
    return JsonFace(Screen(out, io.StringIO(), env={}), Record(noon(film=film))), out


def test_each_event_is_an_object_that_begins_with_the_same_names() -> None:
    face, out = lines()
    for event in (OPENED, STILL, LOST, Back(9.0), Skipped(9.5, 2, "late"), Over(10.0)):
        face.event(event)
    face.looking(2.0, "first")
    face.words(TextDelta("A desk."))
    face.caption(caption())
    face.caption(caption("The lamp is on.", whole=False))
    face.match(match())
    face.answered(answered())
    face.pace(Pace(2.0, 3.0, 0))
    face.failed(EngineError("No memory."))
    objects = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [found["event"] for found in objects] == [
        *("opened", "lost", "back", "skipped", "over"),
        *("caption", "change", "match", "answer", "pace", "failure"),
    ]
    names = ["t", "event", "text", "score", "frame", "receipt", "time"]
    assert all(list(found)[:7] == names for found in objects)
    assert objects[1]["text"] == LOST.text
    assert objects[-1]["t"] == 10.0


def test_a_caption_says_what_it_is_of_and_what_it_cost() -> None:
    face, out = lines()
    face.caption(caption(whole=False))
    told = json.loads(out.getvalue())
    assert told["frame"] == {"w": 1, "h": 1, "hash": RED.digest}
    assert told["receipt"]["prompt_tokens"] == 9
    assert (told["t"], told["score"], told["why"], told["took"]) == (2.0, 0.25, "change", 1.5)
    assert told["time"] == "2026-03-14T12:00:02.000+00:00"


def test_a_film_has_no_time_of_day() -> None:
    face, out = lines(film=True)
    face.caption(caption())
    assert json.loads(out.getvalue())["time"] is None


def test_hostile_text_is_valid_json_on_one_harmless_line() -> None:
    face, out = lines()
    face.caption(caption(HOSTILE))
    (line,) = out.getvalue().splitlines()
    assert json.loads(line)["text"] == HOSTILE
    assert not set(line) & set("\x1b\x07\u202e")


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_a_score_that_is_no_number_is_null(score: float) -> None:
    face, out = lines()
    face.caption(replace(caption(), score=score))
    assert json.loads(out.getvalue())["score"] is None


def test_signs_of_life_set_the_clock_of_day() -> None:
    clock = noon()
    clock.set(Seen(100.0, 1.0, 0.0, "still").at)
    assert clock.label(100.0) == "12:00:00"
    assert clock.name(99.5) == "20260314-115959.500"
