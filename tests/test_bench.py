"""The arithmetic of the benchmarks; nothing is timed here."""

from __future__ import annotations

import pytest

from benchmarks.referee import Choice, parting_gap
from benchmarks.samples import Bar, Guard, Result, Samples, interleave, slope
from benchmarks.table import as_json, number, page, table


def seconds(*values: float) -> Samples:
    return Samples(values, "s")


def test_a_median_is_not_moved_by_one_bad_round() -> None:
    assert seconds(1, 1, 1, 1, 60).median == 1


def test_the_spread_shows_it() -> None:
    assert seconds(1, 1, 1, 1, 60).spread == 59


def test_no_samples_are_no_result() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        seconds()


@pytest.mark.parametrize(("share", "value"), [(0.95, 19), (1.0, 20), (0.5, 10), (0.01, 1)])
def test_most_values_lie_within_one_that_was_measured(share: float, value: float) -> None:
    assert seconds(*range(20, 0, -1)).within(share) == seconds(value)


def test_the_figure_beside_a_peer_is_a_ratio_of_medians() -> None:
    assert Result("E1", "decode", seconds(1, 2, 9), theirs=seconds(4, 4, 4)).figure == 0.5


@pytest.mark.parametrize(
    ("bar", "value", "met"),
    [
        (Bar("at least", 0.98), 0.98, True),
        (Bar("at least", 0.98), 0.979, False),
        (Bar("at most", 1.05), 1.05, True),
        (Bar("at most", 1.05), 1.06, False),
    ],
)
def test_bars(bar: Bar, value: float, met: bool) -> None:
    assert bar.met(value) is met


def test_a_fast_wrong_answer_fails() -> None:
    wrong = Guard("same tokens", False)
    assert Result("E1", "x", seconds(1), Bar("at most", 2, "s"), guards=(wrong,)).met is False


def test_without_a_bar_nothing_is_judged() -> None:
    assert Result("E1", "x", seconds(1)).met is None


def test_sides_take_turns_and_swap_their_order() -> None:
    called: list[str] = []

    def side(name: str) -> float:
        called.append(name)
        return len(called)

    measured = interleave({"a": lambda _: side("a"), "b": lambda _: side("b")}, 3)
    assert called == ["a", "b", "b", "a", "a", "b"]
    assert measured == {"a": (1, 4, 5), "b": (2, 3, 6)}


def test_slope_is_the_price_of_one_more() -> None:
    assert slope([1, 2, 4, 8], [11, 12, 14, 18]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (0.01234, "0.0123"), (1.005, "1.00"), (28.36, "28.4"), (1234.5, "1,234")],
)
def test_numbers_show_three_digits(value: float, shown: str) -> None:
    assert number(value) == shown


def test_the_table_has_one_line_for_each_result() -> None:
    line = table([
        Result("E1", "96 tokens", Samples((98, 100, 104), "t/s"), Bar("at least", 0.98),
               "llama-bench", Samples((99, 100, 101), "t/s"), (Guard("same text", True),))
    ])[-1]  # fmt: skip
    assert line == (
        "| E1 | 96 tokens | 100 t/s [98.0-104] | llama-bench: 100 t/s [99.0-101] | 1.00x | ≥ 0.98x "
        "| yes | ok: same text |"
    )


def test_a_missed_bar_stands_out() -> None:
    assert "| **no** |" in table([Result("E8", "x", seconds(3), Bar("at most", 2, "s"))])[-1]


def test_the_page_names_the_machine() -> None:
    text = page("Engine", {"Processor": "Z80"}, [Result("E1", "x", seconds(1))])
    assert text.startswith("# Engine\n\n- Processor: Z80\n\n| Goal | Case |")


def test_json_keeps_every_sample() -> None:
    data = as_json({}, [Result("E1", "x", seconds(1, 2), theirs=seconds(4))])
    assert data["results"][0]["ours"] == [1, 2]
    assert data["results"][0]["figure"] == 0.375


@pytest.mark.parametrize(
    ("said", "gap"),
    [("one two three", 0.0), ("one too", 0.2), ("one two", 0.3), ("one two three four", 0.3)],
)
def test_an_answer_parts_at_the_first_other_token(said: str, gap: float) -> None:
    choices = [Choice(1, "one ", 0.1), Choice(2, "two", 0.2), Choice(3, " three", 0.3)]
    assert parting_gap(said, choices) == gap
