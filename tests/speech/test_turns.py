"""Turns from probabilities: each block is a mark, ``#`` for speech and ``.`` for silence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgeomni.speech.dialogue.evidence import Words
from edgeomni.speech.dialogue.pushed_turns import PushedTurns
from edgeomni.speech.dialogue.turns import (
    Began,
    Ended,
    Paused,
    Step,
    TurnRules,
    Turns,
)

BLOCK = 0.1
RULES = TurnRules(
    certain=100.0,  # so much that only what a test is about begins a turn
    onset=0.2,
    pause=0.2,
    done=0.4,
    unsure=0.8,
    half=1.2,
    open=1.6,
    least=0.3,
    longest=5.0,
    utmost=6.0,
)
WHOLE = Words(unfinished=False)
MARKS = {"#": 0.9, ".": 0.1, "~": 0.4}
"""``~`` is too little to begin with and enough to go on with."""


def turns(kind: type[Turns] = Turns) -> Turns:
    return kind(RULES, BLOCK)


def hear(
    turns: Turns,
    marks: str,
    *,
    begin: int = 0,
    complete: float | None = None,
    unfinished: bool | None = None,
    asks_model: bool = False,
    model: float | None = None,
) -> list[tuple[int, Step]]:
    """Steps with the number of the block that brought each; what is known is known at once."""
    steps: list[tuple[int, Step]] = []
    for number, mark in enumerate(marks, begin + 1):
        for step in turns.hear(number * BLOCK, MARKS[mark]):
            steps.append((number, step))
            if complete is not None and isinstance(step, Paused):
                turns.judged(step.number, complete)
            if unfinished is not None and isinstance(step, Paused):
                turns.understood(step.number, Words(unfinished), model_is_asked=asks_model)
            if model is not None and isinstance(step, Paused):
                turns.foreseen(step.number, model)
    return steps


def names(steps: list[tuple[int, Step]]) -> str:
    return " ".join(f"{type(step).__name__}@{number}" for number, step in steps)


@pytest.mark.parametrize(
    ("marks", "complete", "told"),
    [
        ("....", None, ""),
        ("#.#.#.#.", None, ""),
        ("##", None, "Began@2"),
        ("~~~~", None, ""),
        ("####", None, "Began@2"),
        ("####.", None, "Began@2"),
        ("####..", None, "Began@2 Paused@6"),
        ("####.#", None, "Began@2"),
        ("####~~~~", None, "Began@2"),
        ("####..~~", None, "Began@2 Paused@6"),
        ("####..#", None, "Began@2 Paused@6 Resumed@7"),
        ("####..#..", None, "Began@2 Paused@6 Resumed@7 Paused@9"),
        ("####.......", None, "Began@2 Paused@6"),
        ("####........", None, "Began@2 Paused@6 Ended@12"),
        ("####........" + "####", None, "Began@2 Paused@6 Ended@12 Began@14"),
        ("##...", None, "Began@2"),
        ("##....", None, "Began@2 Dropped@6"),
        ("##.##..", None, "Began@2 Paused@7"),
    ],
)
def test_steps_come_at_their_blocks(marks: str, complete: float | None, told: str) -> None:
    assert names(hear(turns(), marks, complete=complete)) == told


@pytest.mark.parametrize(
    ("complete", "unfinished", "silent"),
    [
        (None, None, 8),
        (None, False, 8),
        (None, True, 16),
        (0.9, None, 8),
        (0.9, False, 4),
        (0.9, True, 12),
        (0.1, None, 16),
        (0.1, False, 12),
        (0.1, True, 16),
        (0.5, False, 4),
    ],
)
def test_a_turn_ends_the_sooner_the_surer_it_is(
    complete: float | None, unfinished: bool | None, silent: int
) -> None:
    steps = hear(turns(), "####" + "." * 30, complete=complete, unfinished=unfinished)
    assert names(steps) == f"Began@2 Paused@6 Ended@{4 + silent}"


@pytest.mark.parametrize(
    ("sound", "unfinished", "model", "silent"),
    [
        (0.9, False, 0.9, 4),
        (0.1, False, 0.9, 4),
        (0.9, True, 0.9, 4),
        (0.9, False, 0.2, 12),
        (0.9, True, 0.2, 12),
        (0.9, False, 0.001, 16),
        (0.1, True, 0.001, 16),
        (None, False, 0.9, 4),
    ],
)
def test_the_model_that_answers_has_the_last_word(
    sound: float | None, unfinished: bool, model: float, silent: int
) -> None:
    steps = hear(turns(), "####" + "." * 30, complete=sound, unfinished=unfinished, model=model)
    assert names(steps) == f"Began@2 Paused@6 Ended@{4 + silent}"


def test_whoever_hesitates_is_waited_for_whatever_else_is_known() -> None:
    listening = turns()
    hear(listening, "####..")
    listening.understood(1, Words(unfinished=True, hesitates=True))
    listening.judged(1, 1.0)
    listening.foreseen(1, 1.0)
    (ended,) = hear(listening, "." * 14, begin=6)
    assert ended[0] == 4 + 16


@pytest.mark.parametrize(("unfinished", "silent"), [(False, 8), (True, 12)])
def test_a_model_that_is_slow_to_judge_holds_up_no_turn(unfinished: bool, silent: int) -> None:
    known = {"complete": 0.9, "unfinished": unfinished, "asks_model": True}
    steps = hear(turns(), "####" + "." * 30, **known)
    assert names(steps) == f"Began@2 Paused@6 Ended@{4 + silent}"


def test_a_model_that_cannot_judge_is_not_waited_for() -> None:
    listening = turns()
    hear(listening, "####..", complete=0.9, unfinished=False, asks_model=True)
    listening.foreseen(1, None)
    assert names(hear(listening, "..", begin=6)) == "Ended@8"


def test_the_model_is_awaited_until_it_has_judged_or_the_speaker_goes_on() -> None:
    listening = turns()
    hear(listening, "####..", unfinished=False, asks_model=True)
    assert listening.awaits_model
    listening.foreseen(1, 0.5)
    assert not listening.awaits_model
    hear(listening, "##..#", begin=6, unfinished=False, asks_model=True)
    assert not listening.awaits_model


def test_a_turn_begins_when_its_first_block_does() -> None:
    assert hear(turns(), "..###")[0][1] == Began(pytest.approx(0.2))


def test_a_turn_begins_sooner_where_there_is_no_doubt_of_it() -> None:
    sure = Turns(replace(RULES, certain=1.0, most=1.5, onset=0.5), BLOCK)
    assert [sure.hear(number * BLOCK, 0.9) for number in (1, 2)] == [[], [Began(0.0)]]
    assert sure.is_certain


def test_of_the_next_turn_nothing_is_certain_yet() -> None:
    sure = Turns(replace(RULES, certain=1.0, most=1.5), BLOCK)
    hear(sure, "####")
    before = sure.is_certain
    hear(sure, "........", begin=4)
    assert (before, sure.is_open, sure.is_certain) == (True, False, False)


def test_an_end_tells_when_speech_ended_and_how_much_there_was() -> None:
    steps = hear(turns(), "..###.#" + "." * 8)
    assert steps[-1][1] == Ended(1, pytest.approx(0.7), pytest.approx(1.5), pytest.approx(0.4))


def test_pauses_are_counted_over_all_turns() -> None:
    steps = hear(turns(), ("####" + "." * 8) * 2)
    assert [step.number for _, step in steps if isinstance(step, Paused)] == [1, 2]


@pytest.mark.parametrize(("marks", "pause"), [("###", None), ("###..", 1), ("###..#", None)])
def test_the_present_pause_is_known(marks: str, pause: int | None) -> None:
    listening = turns()
    hear(listening, marks)
    assert listening.pause == pause


def test_judged_late_it_ends_at_once() -> None:
    listening = turns()
    hear(listening, "####.....")
    assert listening.judged(1, 0.9) == []
    (ended,) = listening.understood(1, WHOLE)
    assert ended == Ended(1, pytest.approx(0.4), pytest.approx(0.9), pytest.approx(0.4))


@pytest.mark.parametrize("number", [1, 3], ids=["older", "unknown"])
def test_a_judgement_of_another_pause_means_nothing(number: int) -> None:
    listening = turns()
    hear(listening, "####..##..")  # the second pause
    listening.judged(number, 0.9)
    listening.understood(number, WHOLE)
    assert hear(listening, ".....", begin=10) == []


def test_a_judgement_after_speech_went_on_means_nothing() -> None:
    listening = turns()
    hear(listening, "####..#")
    listening.judged(1, 0.9)
    listening.understood(1, WHOLE)
    assert names(hear(listening, "....", begin=7)) == "Paused@9"


def test_a_long_turn_ends_at_its_next_silence_however_short() -> None:
    assert names(hear(turns(), "#" * 50 + "....")) == "Began@2 Paused@52 Ended@54"


@pytest.mark.parametrize("kind", [Turns, PushedTurns])
@pytest.mark.parametrize(("writing", "pause"), [(0.0, 2), (1.0, 2), (3.0, 3), (60.0, 4)])
def test_the_longer_a_transcript_takes_the_later_it_is_begun(
    kind: type[Turns], writing: float, pause: int
) -> None:
    listening = turns(kind)
    if isinstance(listening, PushedTurns):
        listening.press(0.0)
    listening.paced(writing)
    found = dict(reversed(hear(listening, "#####....")))
    assert [number for number, step in found.items() if isinstance(step, Paused)] == [5 + pause]


def test_speech_without_a_pause_is_cut_and_goes_on_as_another_turn() -> None:
    steps = hear(turns(), "#" * 63)
    assert names(steps) == "Began@2 Paused@60 Ended@60 Began@62"


def test_the_utmost_length_is_reached_behind_a_pause_too() -> None:
    steps = hear(turns(), "#" * 45 + ".." + "#" * 13, unfinished=True)
    assert names(steps) == "Began@2 Paused@47 Resumed@48 Paused@60 Ended@60"


@pytest.fixture
def pushed() -> PushedTurns:
    return PushedTurns(RULES, BLOCK)


def test_a_pressed_key_begins_a_turn(pushed: PushedTurns) -> None:
    assert pushed.press(0.5) == [Began(0.5)]


def test_a_key_that_repeats_begins_one_turn(pushed: PushedTurns) -> None:
    pushed.press(0.5)
    assert pushed.press(0.6) == []


def test_without_the_key_nothing_is_a_turn(pushed: PushedTurns) -> None:
    assert hear(pushed, "####" + "." * 20) == []


def test_silence_ends_nothing_while_the_key_is_down(pushed: PushedTurns) -> None:
    pushed.press(0.0)
    assert names(hear(pushed, "###" + "." * 40)) == "Paused@5"


def test_silence_before_the_first_word_is_no_pause(pushed: PushedTurns) -> None:
    pushed.press(0.0)
    assert hear(pushed, "." * 20) == []


def test_a_key_released_in_a_pause_needs_no_new_transcript(pushed: PushedTurns) -> None:
    pushed.press(0.0)
    hear(pushed, "####..")
    pushed.release(0.9)
    assert hear(pushed, "...", begin=6)[-1][1] == Ended(
        1, pytest.approx(0.4), pytest.approx(0.9), pytest.approx(0.4)
    )


@pytest.mark.parametrize("on", ["###", "~##"], ids=["loudly", "softly"])
def test_whoever_goes_on_with_the_key_down_makes_the_pause_void(
    pushed: PushedTurns, on: str
) -> None:
    pushed.press(0.0)
    pushed.release(0.9)
    steps = hear(pushed, f"####..{on}")
    assert names(steps) == "Paused@6 Resumed@7 Paused@9 Ended@9"
    assert [step.number for _, step in steps if isinstance(step, Ended)] == [2]


def test_a_released_key_ends_the_turn_once_all_of_it_is_heard(pushed: PushedTurns) -> None:
    pushed.press(0.0)
    hear(pushed, "###")
    pushed.release(0.45)
    steps = hear(pushed, "#.#", begin=3)
    assert names(steps) == "Paused@5 Ended@5"
    assert steps[-1][1] == Ended(1, pytest.approx(0.4), pytest.approx(0.5), pytest.approx(0.4))


def test_a_key_released_without_speech_was_no_turn(pushed: PushedTurns) -> None:
    pushed.press(0.0)
    pushed.release(0.1)
    assert names(hear(pushed, ".")) == "Dropped@1"


def test_a_key_pressed_again_before_the_end_goes_on(pushed: PushedTurns) -> None:
    pushed.press(0.0)
    pushed.release(0.35)
    assert (hear(pushed, "###"), pushed.press(0.3)) == ([], [])
    assert hear(pushed, "###", begin=3) == []


def test_a_release_without_a_turn_means_nothing(pushed: PushedTurns) -> None:
    pushed.release(0.1)
    pushed.press(0.2)
    assert hear(pushed, "....", begin=2) == []


def test_a_key_that_stays_down_cuts_turns_without_a_gap(pushed: PushedTurns) -> None:
    pushed.press(0.0)
    assert names(hear(pushed, "#" * 51)) == "Paused@50 Ended@50 Began@50"


def test_what_is_known_of_one_pause_of_a_pushed_turn_says_nothing_of_the_next() -> None:
    listening = PushedTurns(RULES, BLOCK)
    listening.press(0.0)
    hear(listening, "####..", unfinished=False, asks_model=True)
    hear(listening, "##..", begin=6)
    assert not listening.awaits_model
