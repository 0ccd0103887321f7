"""The key to talk, in terminals that tell of its release and in those that do not."""

from __future__ import annotations

import pytest

from edgeomni.cli.push_key import FIRST_REPEAT, NEXT_REPEAT, GuessedKey, ToldKey


def moves(key: GuessedKey, times: list[float], until: float) -> list[tuple[str, float]]:
    """What comes of a key that is seen at these times, looked at whenever it wants to be."""
    found, at = [], 0.0
    for next_at in [*times, until]:
        while (wait := key.wait(at)) is not None and at + wait < next_at:
            at += wait
            if move := key.look(at):
                found.append((move, round(at, 2)))
        at = next_at
        if at != until and (move := key.down(at)):
            found.append((move, round(at, 2)))
    return found


def test_a_terminal_that_tells_of_releases_is_believed() -> None:
    key = ToldKey()
    assert [key.down(1.0), key.down(1.5), key.up(2.0)] == ["press", None, "release"]


def test_a_held_key_is_released_when_its_repeats_end() -> None:
    repeats = [1.0, 1.5, *(1.5 + 0.03 * n for n in range(1, 40))]
    (press, release) = moves(GuessedKey(), repeats, 9.0)
    assert press == ("press", 1.0)
    assert release == ("release", round(repeats[-1] + NEXT_REPEAT, 2))


def test_a_tapped_key_is_down_until_it_is_tapped_again() -> None:
    assert moves(GuessedKey(), [1.0, 5.0], 9.0) == [("press", 1.0), ("release", 5.0)]


@pytest.mark.parametrize("count", [3, 4])
def test_taps_alternate(count: int) -> None:
    taps = [2.0 * n for n in range(1, count + 1)]
    kinds = [move for move, _ in moves(GuessedKey(), taps, 99.0)]
    assert kinds == ["press", "release", "press", "release"][:count]


def test_a_repeat_that_comes_late_is_a_second_tap() -> None:
    assert moves(GuessedKey(), [1.0, 1.1 + FIRST_REPEAT], 9.0)[-1][0] == "release"
