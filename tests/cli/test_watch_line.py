"""The line that moves: what it says of the device, the gate and the looks."""

from __future__ import annotations

import pytest

from edgeomni.cli.watch_line import Line
from edgeomni.cli.width import columns


@pytest.mark.parametrize(
    ("state", "begins"),
    [
        ("still", "● camera on · 9.8 fps · ▕▄▏ still"),
        ("moving", "● camera on · 9.8 fps · ▕▄▏ moving"),
        ("opening", "◌ camera opening …"),
        ("pausing", "◌ camera closing …"),
        ("paused", "○ camera off · it is closed; p opens it again"),
        ("lost", "✕ camera lost · trying again …"),
    ],
)
def test_sign_and_words_say_whether_the_device_is_open(state: str, begins: str) -> None:
    assert Line("camera", state, 9.8, 0.25).shown(0.0, 100) == begins


@pytest.mark.parametrize(
    ("score", "bar"), [(0.0, " "), (0.02, "▁"), (1.0, "█"), (7.0, "█"), (-1.0, " ")]
)
def test_the_bar_grows_with_the_change(score: float, bar: str) -> None:
    assert f"▕{bar}▏" in Line("camera", "still", 9.8, score).shown(0.0, 100)


def test_a_look_counts_its_seconds() -> None:
    line = Line("camera", "still", 9.8, looking=10.0, last="last look 12:00:02 took 1.5 s")
    assert line.shown(12.34, 100).endswith("still · looking … 2.3 s")


def test_between_looks_it_says_when_the_last_one_was_and_what_one_takes() -> None:
    line = Line("camera", "still", 9.8, last="last look 12:00:02", pace="one in 3.0 s")
    assert line.shown(0.0, 100).endswith("still · last look 12:00:02 · one in 3.0 s")


def test_of_words_that_grow_the_end_is_seen() -> None:
    line = Line("camera", "still", 9.8, looking=0.0, growing="word " * 40 + "the end")
    shown = line.shown(1.0, 78)
    assert shown.endswith("the end") and "…" in shown and len(shown) == 78


def test_what_is_typed_has_the_line_for_itself_and_the_sign_stays() -> None:
    line = Line("camera", "paused", typed="What is")
    assert line.shown(0.0, 78) == "○ ? What is_"


@pytest.mark.parametrize("width", [20, 40, 79])
def test_it_never_breaks(width: int) -> None:
    busy = Line("a camera of a long name", "moving", 9.8, 1.0, 0.0, growing="words " * 50)
    idle = Line("a camera of a long name", "moving", 9.8, last="x" * 99, typed=None)
    typing = Line("camera", typed="question " * 40)
    assert all(len(line.shown(0.0, width)) <= width for line in (busy, idle, typing))


@pytest.mark.parametrize("width", [20, 41, 78])
def test_words_that_are_wide_fit_by_their_columns(width: int) -> None:
    wide = [
        Line("カメラ", "moving", 9.8, 1.0, 0.0, growing="机の上に猫がいる。" * 20),
        Line("カメラ", "moving", 9.8, last="机の上に猫がいる。" * 20),
        Line("カメラ", typed="机の上に猫がいる。" * 20),
    ]
    shown = [columns(line.shown(0.0, width)) for line in wide]
    assert all(width - 1 <= each <= width for each in shown), shown
