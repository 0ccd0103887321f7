"""The arithmetic of the voice's benchmarks; nothing is spoken, heard or timed here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import __main__ as command_line
from benchmarks import voice
from benchmarks.samples import Guard, Result, Samples
from benchmarks.table import table
from benchmarks.voice.dialogue import Asked, first_sound, lead, understood
from benchmarks.voice.stages import Alone, overhead, overhead_lines, overlap_line
from benchmarks.voice.studio import SPOKEN_RATE, Sound
from edgeomni.catalog import ModelFiles

TURN = Alone(silence=200, over=300, transcript=150, clause=100, speech=20)
"""Milliseconds."""
QUESTION = Asked("What is a horse?", start=1.0, end=2.0, next=6.0)


def sounding(*spans: tuple[float, float]) -> Sound:
    """Ten seconds at half of full scale between these moments, and silent otherwise."""
    sound = np.zeros(10 * SPOKEN_RATE, np.float32)
    for start, end in spans:
        sound[round(start * SPOKEN_RATE) : round(end * SPOKEN_RATE)] = 0.5
    return sound


# ── what lies between the stages ─────────────────────────────────────────────────────────────────


def test_a_transcript_that_is_written_in_the_silence_is_not_waited_for_twice() -> None:
    assert TURN.one_by_one == 300 + 100 + 20


def test_a_cascade_waits_for_each_stage_behind_the_silence() -> None:
    assert TURN.serial == 150 + 100 + 20


def test_overhead_is_what_the_stages_do_not_explain() -> None:
    assert overhead([(430, TURN), (440, TURN), (420, TURN)]).values == (10, 20, 0)


def test_overhead_has_a_bar_for_the_usual_turn_and_one_for_a_bad_one() -> None:
    lines = overhead_lines([(430, TURN)] * 19 + [(490, TURN)], "", ())
    assert [(line.figure, line.met) for line in lines] == [(10, True), (10, True)]


def test_two_bad_turns_of_twenty_miss_the_second_bar() -> None:
    lines = overhead_lines([(430, TURN)] * 18 + [(490, TURN)] * 2, "", ())
    assert [(line.figure, line.met) for line in lines] == [(10, True), (70, False)]


def test_the_line_names_the_stages() -> None:
    (cell,) = [
        cell
        for cell in table(overhead_lines([(430, TURN)], "late", ()))[2].split("|")
        if "(" in cell
    ]
    assert "(alone: understood 300 ms, first clause 100 ms, its sound 20 ms; then: late)" in cell


def test_overlap_is_held_against_all_stages_behind_the_silence() -> None:
    line = overlap_line([(200 + 135, TURN)], (Guard("1 of 1 turns timed", True),))
    assert table([line])[2].endswith(
        "| 135 ms | one stage after the other: 270 ms | 0.5x | ≤ 0.6x | yes "
        "| ok: 1 of 1 turns timed |"
    )


# ── how soon an answer answers ───────────────────────────────────────────────────────────────────


def test_a_wait_runs_from_the_end_of_the_question_to_the_first_audible_sample() -> None:
    assert first_sound(QUESTION, sounding((2.5, 3.0))) == pytest.approx(500)


def test_noise_that_nobody_hears_is_no_answer() -> None:
    assert first_sound(QUESTION, sounding((2.5, 3.0)) * 0.001) is None


def test_the_answer_to_the_next_question_is_none_to_this_one() -> None:
    assert first_sound(QUESTION, sounding((6.5, 7.0))) is None


def test_who_answers_before_the_question_is_over_has_not_answered_it() -> None:
    assert first_sound(QUESTION, sounding((1.9, 3.0))) is None


def test_an_answer_that_fell_silent_for_the_question_does_not_count() -> None:
    assert first_sound(QUESTION, sounding((0.0, 1.5), (2.5, 3.0))) == pytest.approx(500)


def test_files_that_begin_apart_are_laid_side_by_side() -> None:
    assert first_sound(QUESTION, sounding((2.6, 3.0)), lead=0.1) == pytest.approx(500)


def test_the_least_late_of_what_was_noticed_tells_how_far_files_are_apart() -> None:
    heard = sounding((2.6, 3.0), (6.6, 7.0))
    assert lead([2.53, 6.51], heard) == pytest.approx(0.09)


def test_a_pause_within_an_answer_is_no_beginning() -> None:
    assert lead([2.5], sounding((2.6, 3.0), (3.4, 4.0))) == pytest.approx(0.1)


def test_without_an_answer_files_begin_together() -> None:
    assert lead([], sounding()) == 0


def test_a_question_that_was_taken_for_two_counts_as_one() -> None:
    following = Asked("What color is the sky?", 6.0, 7.0, 11.0)
    heard = [(1.5, "What is"), (2.3, "a horse?"), (7.2, "Color?"), (20.0, "Behind the end.")]
    assert understood([QUESTION, following], heard) == ["What is a horse?", "Color?"]


# ── which goals are measured ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def without_pipecat(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = {name: [Result(name, "x", Samples((1.0,), "s"))] for name in ("V5", "V7")}
    measures = {name: lambda _, found=found: found for name, found in lines.items()}
    monkeypatch.setattr(voice, "ALL", measures)
    monkeypatch.setattr(command_line, "_pipecat", lambda: None)
    files = ModelFiles("x", "x", Path("x/y"), mmproj=None, card=None, source="file")
    monkeypatch.setattr(command_line, "ensure", lambda *_: files)


def test_without_pipecat_the_rest_is_measured(
    without_pipecat: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["voice"]) == 0
    printed, told = capsys.readouterr()
    assert "| V5 |" in printed
    assert "| V7 |" not in printed
    assert "V7 is left out: pipecat is not here. scripts/peers fetches it.\n" in told


def test_without_pipecat_nothing_is_left_of_v7_alone(
    without_pipecat: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["voice", "--only", "V7"]) == 8
    assert capsys.readouterr() == ("", "The peers are not built yet. Call scripts/peers first.\n")
