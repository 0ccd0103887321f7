"""One answer per file: written at once, continued after a stop, never mixed with others."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from edgeomni.cli.each import Each, Ledger
from edgeomni.cli.output import Screen
from edgeomni.cli.record import Outcome
from edgeomni.errors import (
    EdgeomniError,
    InputError,
    MediaError,
    UnfitAnswer,
    UsageError,
    WorkerDied,
)
from edgeomni.values import Receipt

QUESTION = "What is this?"


class Table:
    """Files, a ledger, and an assistant that follows a script."""

    def __init__(self, folder: Path) -> None:
        self.answers = folder / "answers.jsonl"
        self.files = [folder / f"{number}.png" for number in range(4)]
        self.asked: list[str] = []
        self.trouble: dict[str, EdgeomniError] = {}
        self.stop_at = ""
        self.said = io.StringIO()

    def ask(self, file: Path) -> Outcome:
        self.asked.append(file.name)
        reason = "cancelled" if file.name == self.stop_at else "stop"
        error = self.trouble.get(file.name)
        receipt = None if error else Receipt(completion_tokens=5, finish_reason=reason)
        return Outcome(text=f"it is {file.name}", receipt=receipt, error=error)

    def run(self, question: str = QUESTION, *, stats: bool = False) -> int:
        screen = Screen(io.StringIO(), self.said, env={})
        return Each(screen, Ledger(self.answers, question), self.ask, stats).go(self.files)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.answers.read_text().splitlines()]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path)


def test_every_file_has_a_line_with_its_name(table: Table) -> None:
    assert table.run() == 0
    assert [Path(line["file"]).name for line in table.lines] == ["0.png", "1.png", "2.png", "3.png"]
    assert table.lines[2]["text"] == "it is 2.png"


def test_a_stopped_run_goes_on_where_it_stopped(table: Table) -> None:
    table.stop_at = "2.png"
    assert table.run() == 130
    assert "Stopped after 2 of 4; the same call goes on from here." in table.said.getvalue()
    table.asked, table.stop_at = [], ""
    assert table.run() == 0
    assert table.asked == ["2.png", "3.png"]
    assert len(table.lines) == 4


def test_two_runs_do_not_write_to_one_file(table: Table) -> None:
    class Meanwhile(Table):
        def ask(self, file: Path) -> Outcome:
            with pytest.raises(UsageError, match="Another run is writing"):
                table.run()
            return super().ask(file)

    assert Meanwhile(table.answers.parent).run() == 0
    assert table.asked == []


def test_a_run_leaves_nothing_but_its_answers(table: Table) -> None:
    table.run()
    assert [path.name for path in table.answers.parent.iterdir()] == ["answers.jsonl"]


def test_a_file_that_has_changed_is_asked_about_again(table: Table) -> None:
    for file in table.files:
        file.write_bytes(b"x")
    table.run()
    table.files[2].write_bytes(b"another picture")
    table.asked = []
    assert table.run() == 0
    assert table.asked == ["2.png"]
    assert len(table.lines) == 4


def test_a_file_of_the_same_name_elsewhere_is_another_file(table: Table, tmp_path: Path) -> None:
    table.run()
    table.asked, table.files = [], [tmp_path / "elsewhere" / "0.png"]
    assert table.run() == 0
    assert table.asked == ["0.png"]


def test_what_failed_may_be_asked_in_another_way(table: Table) -> None:
    table.trouble = {file.name: MediaError("It is broken.") for file in table.files}
    table.run()
    table.trouble = {}
    assert table.run("What is this, then?") == 0
    assert len(table.lines) == 4


def test_answers_that_do_not_fit_are_no_reason_to_give_up(table: Table) -> None:
    table.trouble = {file.name: UnfitAnswer("It does not fit.") for file in table.files}
    assert table.run() == UnfitAnswer.exit_code
    assert len(table.asked) == 4


def test_a_line_that_a_crash_cut_is_asked_again(table: Table) -> None:
    table.run()
    whole = table.answers.read_text()
    table.answers.write_text(whole[:-20])
    table.asked = []
    assert table.run() == 0
    assert table.asked == ["3.png"]
    assert table.answers.read_text() == whole


def test_a_file_that_cannot_be_used_is_noted_and_the_others_go_on(table: Table) -> None:
    table.trouble = {"1.png": MediaError("1.png is damaged.")}
    assert table.run() == 3
    assert [line["error"] and line["error"]["code"] for line in table.lines] == [
        *(None, "bad-media", None, None)
    ]
    assert "3 of 4 answered" in table.said.getvalue()


def test_stats_say_at_the_end_what_all_answers_cost(table: Table) -> None:
    table.trouble = {"1.png": MediaError("1.png is damaged.")}
    table.run(stats=True)
    assert table.said.getvalue().endswith(
        "answered in 0 s.\ntogether · 0 cached + 0 new · 15 said\n"
    )


def test_stats_of_a_stopped_run_are_those_of_what_it_did(table: Table) -> None:
    table.stop_at = "2.png"
    table.run(stats=True)
    assert "15 said" in table.said.getvalue()


def test_without_stats_nothing_is_summed(table: Table) -> None:
    table.run()
    assert "together" not in table.said.getvalue()


def test_a_failed_file_is_tried_again_by_the_next_run(table: Table) -> None:
    table.trouble = {"1.png": MediaError("1.png is damaged.")}
    table.run()
    table.asked, table.trouble = [], {}
    assert table.run() == 0
    assert table.asked == ["1.png"]
    assert len(table.lines) == 4


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_device_is_no_ledger(table: Table) -> None:
    table.answers = Path("/dev/full")
    with pytest.raises(InputError, match="cannot be used for answers"):
        table.run()


def test_a_link_to_itself_is_no_ledger(table: Table) -> None:
    table.answers.symlink_to(table.answers)
    with pytest.raises(InputError, match="cannot be used for answers"):
        table.run()


def test_an_engine_that_keeps_failing_ends_the_run(table: Table) -> None:
    table.trouble = {file.name: WorkerDied("It died.") for file in table.files}
    with pytest.raises(WorkerDied):
        table.run()
    assert len(table.asked) == 3


def test_answers_to_another_question_are_not_mixed_in(table: Table) -> None:
    table.run()
    before = table.answers.read_text()
    with pytest.raises(UsageError, match="holds answers to another request"):
        table.run("How much is it?")
    assert table.answers.read_text() == before


@pytest.mark.parametrize(
    "text", ["hello\n", '{"file": 3}\n', "[1]\n", '{"file": "a"}\n', "no end", '{"notes": "mine"}']
)
def test_a_file_of_something_else_is_left_alone(table: Table, text: str) -> None:
    table.answers.write_text(text)
    with pytest.raises(UsageError, match="line 1, is no answer"):
        table.run()
    assert table.answers.read_text() == text


def test_a_ledger_that_cannot_be_written_ends_the_run(table: Table) -> None:
    table.answers = table.answers.parent / "missing" / "answers.jsonl"
    with pytest.raises(InputError, match="cannot be used for answers"):
        table.run()
