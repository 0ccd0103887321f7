"""How words look on a terminal and off it."""

from __future__ import annotations

import io

import pytest

from edgeomni.cli.output import Screen, receipt_line, seconds, total_line
from edgeomni.errors import InputError
from edgeomni.values import Receipt

ERROR = InputError("It broke.", works="Typing works.", remedy="Try again.")


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def streams(
    out: io.StringIO | None = None, err: io.StringIO | None = None, **env: str
) -> tuple[Screen, io.StringIO, io.StringIO]:
    out, err = out or io.StringIO(), err or io.StringIO()
    return Screen(out, err, env=env), out, err


def test_an_error_has_one_line_each_for_what_happened_what_works_and_what_to_do() -> None:
    screen, _, err = streams()
    screen.problem(ERROR)
    assert err.getvalue() == "edgeomni: It broke.\n  Typing works.\n  Try again.\n"


@pytest.mark.parametrize(
    ("err", "env", "coloured"),
    [
        (Tty(), {}, True),
        (Tty(), {"NO_COLOR": "1"}, False),
        (Tty(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
    ids=["terminal", "no-color", "dumb", "file"],
)
def test_colour_is_for_terminals_that_want_it(
    err: io.StringIO, env: dict[str, str], coloured: bool
) -> None:
    screen, _, err = streams(err=err, **env)
    screen.problem(ERROR)
    assert ("\x1b[" in err.getvalue()) is coloured


def test_a_terminal_sees_foreign_escapes_and_a_file_gets_them_whole() -> None:
    for out, shown in ((Tty(), "a\u241b[1mb\n"), (io.StringIO(), "a\x1b[1mb\n")):
        screen, out, _ = streams(out=out)
        screen.answer("a\x1b[1")
        screen.answer("mb")
        screen.end_answer()
        assert out.getvalue() == shown


def test_an_answer_that_ends_its_own_line_gets_no_second_end() -> None:
    screen, out, _ = streams()
    screen.answer("one\n")
    screen.end_answer()
    screen.answer("two")
    screen.end_answer()
    assert out.getvalue() == "one\ntwo\n"


def test_a_notice_in_the_middle_of_an_answer_begins_its_own_line() -> None:
    both = Tty()
    screen = Screen(both, both, env={"NO_COLOR": "1"})
    screen.answer("so far")
    screen.notice("stepping down")
    screen.answer(" so good")
    screen.end_answer()
    assert both.getvalue() == "so far\n· stepping down\n so good\n"


def test_a_line_that_is_redrawn_leaves_nothing_behind() -> None:
    screen, _, err = streams(err=Tty())
    screen.redraw("loading")
    screen.redraw("")
    assert err.getvalue().endswith("loading\r       \r")


def test_of_wide_characters_every_column_is_wiped() -> None:
    screen, _, err = streams(err=Tty())
    screen.redraw("猫がe\u0301")  # a letter and its accent are one column
    screen.redraw("")
    assert err.getvalue().endswith("\r" + " " * 5 + "\r")


def test_what_is_said_does_not_stand_behind_a_line_that_is_redrawn() -> None:
    screen, _, err = streams(err=Tty(), NO_COLOR="1")
    screen.redraw("[1/4] a.png")
    screen.notice("Running on the processor.")
    assert err.getvalue().endswith("\r· Running on the processor.\n")


def test_a_line_is_never_redrawn_in_a_file() -> None:
    screen, _, err = streams()
    screen.redraw("loading")
    assert err.getvalue() == ""


def test_the_receipt_reads_as_one_line() -> None:
    receipt = Receipt(
        prompt_tokens=276,
        cached_tokens=212,
        media_items=1,
        media_encodes=1,
        completion_tokens=30,
        load_ms=1500,
        encode_ms=250,
        first_token_ms=110,
        tokens_per_second=96.4,
        finish_reason="length",
    )
    assert receipt_line(receipt) == (
        "212 cached + 64 new · loaded in 1.50 s · 1 media, 1 encoded in 0.25 s · "
        "first word 0.11 s · 30 said · 96 tok/s · cut at the limit"
    )


def test_receipts_are_summed_and_the_speed_is_that_of_all_tokens() -> None:
    quick = Receipt(prompt_tokens=10, completion_tokens=11, decode_ms=100, media_items=1)
    slow = Receipt(prompt_tokens=20, cached_tokens=5, completion_tokens=31, decode_ms=300)
    assert total_line([quick, slow]) == (
        "together · 5 cached + 25 new · 1 media, 0 encoded in 0.00 s · 42 said · 100 tok/s"
    )


@pytest.mark.parametrize(("ms", "text"), [(0, "0.00 s"), (9994, "9.99 s"), (12_340, "12.3 s")])
def test_seconds_for_people(ms: float, text: str) -> None:
    assert seconds(ms) == text
